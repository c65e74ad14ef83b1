import { expect, it } from 'vitest'
import { type AppError, appError } from '../../../src/core/domain/app-error.ts'
import { Redactor } from '../../../src/core/process/redactor.ts'
import { explainExit, printedLines } from '../../../src/core/spire/spire-log.ts'

const exited = appError('run.service-exited', 'spire-agent ended while it was starting.', 'Read its log.', {
  found: 'exit code 1',
  evidence: { lastLines: [], exitCode: 1 },
})
const explained = (lines: readonly string[], redactor = new Redactor(), error: AppError = exited) => {
  const printed = printedLines()
  for (const line of lines) printed.take(line)
  return explainExit(error, 'The SPIRE agent did not start.', { printed, redactor })
}

it('reports the service\u2019s last logged error instead of its exit code', () => {
  const error = explained([
    '{"level":"error","msg":"Failed to load plugins","error":"failed to load plugin \\"sigstore\\": bad configuration"}',
    '{"level":"info","msg":"bye"}',
  ])
  expect(error).toMatchObject({
    code: 'spire.service-exited',
    what: 'The SPIRE agent did not start.',
    found: 'Failed to load plugins: failed to load plugin "sigstore": bad configuration',
    evidence: { exitCode: 1 },
  })
})

it('reports the last plain line if nothing was logged, and keeps the exit code if nothing was printed', () => {
  expect(explained(['unable to parse configuration', '']).found).toBe('unable to parse configuration')
  expect(explained([]).found).toBe('exit code 1')
})

it('leaves a cancelled start a cancelled start', () => {
  expect(explained([], new Redactor(), appError('run.cancelled', 'Cancelled.', 'Again.')).code).toBe('run.cancelled')
})

it('parses what was printed and masks what it found, also a secret that JSON writes differently', () => {
  const redactor = new Redactor()
  redactor.addChosen('pass"word')
  redactor.addChosen('level":"')
  const line = JSON.stringify({ level: 'error', msg: 'Cannot log in', error: 'wrong password pass"word' })
  expect(explained([line], redactor).found).toBe('Cannot log in: wrong password [redacted]')
  // A key without an end is masked to the end of the line, and of the JSON.
  const key = JSON.stringify({ level: 'error', msg: 'Bad key', error: '-----BEGIN PRIVATE KEY-----\nMIIE' })
  expect(explained([key], redactor).found).toBe('Bad key: [redacted]')
})
