import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { appError } from '../../../src/core/domain/app-error.ts'
import { parseEventLog } from '../../../src/core/orchestrator/logs/event-log.ts'
import { mask } from '../../../src/core/process/redactor.ts'
import { failed, passed } from '../../../src/core/steps/step.ts'
import { artifactOf, replay } from '../../../src/core/workflow/reducer.ts'
import { runIn } from './scripted.ts'

const registry = 'registry.example:5000'
const repository = `${registry}/team-a/hello`
const digest = `sha256:${'cd'.repeat(32)}`

it.each(['team-a', 'sha256', registry, 'registry', 'passed', 'step.started', 'pushed-image', 'x'])(
  'the password %j changes no state, and is masked in text',
  async (password) => {
    const folder = mkdtempSync(join(tmpdir(), 'masking-'))
    const image = { kind: 'pushed-image', repository, tag: 'team-a', imageId: digest, digest, sizeBytes: 1 } as const
    const { run, redactor } = runIn(folder, {
      overrides: {
        sandbox: () => Promise.resolve(passed({ kind: 'sigstore', registry, repository } as never)),
        push: (context) => {
          context.report({ type: 'step.noted', text: `login me:${password}! to ${repository}@${digest}` })
          return Promise.resolve(passed(image as never))
        },
        verify: (context) => {
          const found = context.artifact('pushed-image')
          const error = appError('registry.denied', `${found.repository}@${found.digest}`, 'again', {
            found: `password=${password};`,
          })
          return Promise.resolve(failed(error))
        },
      },
    })
    redactor.addChosen(password)
    await run.start()
    run.log.close()
    const text = readFileSync(run.eventsFile, 'utf8')
    // What is read back from the file is what the run itself knew.
    expect(replay(parseEventLog(text))).toEqual(run.log.state)
    expect(artifactOf(run.log.state, 'pushed-image')).toEqual(image)
    expect(run.log.state.error?.what).toBe(`${repository}@${digest}`)
    if (password.length < 6) return
    expect(text).toContain(`login me:${mask}! to ${repository}@${digest}`)
    expect(run.log.state.error?.found).toBe(`password=${mask};`)
  },
)
