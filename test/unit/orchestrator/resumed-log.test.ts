import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseEventLog } from '../../../src/core/orchestrator/logs/event-log.ts'
import { replay } from '../../../src/core/workflow/reducer.ts'
import { runIn } from './scripted.ts'

it('a resumed run whose file was removed since it was read has its whole log again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'resumed-'))
  const first = runIn(folder).run
  const earlier = [...first.log.events]
  first.log.close()
  rmSync(first.eventsFile)
  const { run } = runIn(folder, { earlier })
  await run.resume()
  run.log.close()
  const events = parseEventLog(readFileSync(run.eventsFile, 'utf8'))
  expect(events[0]?.type).toBe('run.planned')
  expect(replay(events)).toEqual(run.log.state)
})
