import { expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { explainExit } from '../../../src/core/spire/spire-log.ts'

const exited = (...lastLines: string[]) =>
  appError('run.service-exited', 'spire-agent ended while it was starting.', 'Read its log.', {
    found: 'exit code 1',
    evidence: { lastLines, exitCode: 1 },
  })

it('reports the service\u2019s last logged error instead of its exit code', () => {
  const error = explainExit(
    exited(
      '{"level":"error","msg":"Failed to load plugins","error":"failed to load plugin \\"sigstore\\": bad configuration"}',
      '{"level":"info","msg":"bye"}',
    ),
    'The SPIRE agent did not start.',
  )
  expect(error).toMatchObject({
    code: 'spire.service-exited',
    what: 'The SPIRE agent did not start.',
    found: 'Failed to load plugins: failed to load plugin "sigstore": bad configuration',
    evidence: { exitCode: 1 },
  })
})

it('reports the last plain line if nothing was logged, and keeps the exit code if nothing was printed', () => {
  expect(explainExit(exited('unable to parse configuration', ''), 'x').found).toBe('unable to parse configuration')
  expect(explainExit(exited(), 'x').found).toBe('exit code 1')
})

it('leaves a cancelled start a cancelled start', () => {
  expect(explainExit(appError('run.cancelled', 'Cancelled.', 'Again.'), 'x').code).toBe('run.cancelled')
})
