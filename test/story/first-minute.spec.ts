import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { processesNaming } from '../integration/harness/traces.ts'
import { endEvidence } from '../ui/harness/evidence.ts'
import { expect, test } from './fixtures.ts'
import { type ElectronStage, electronStage } from './stage/electron.ts'
import { look } from './stage/look.ts'
import { ownFolders } from './stage/stage.ts'
import { button, headlineBecomes } from './stage/window.ts'

let stage: ElectronStage | undefined
test.afterEach(async () => {
  await endEvidence(test.info())
  stage?.where.remove()
})

test('a failed setup says how to fix it, lets a recording be watched meanwhile, and retries', async () => {
  const where = ownFolders()
  const file = join(where.config, 'config.json')
  await mkdir(where.config, { recursive: true })
  await writeFile(file, JSON.stringify({ tools: { cosign: 'not/absolute' } }))

  stage = await electronStage(where)
  const { page } = stage
  await headlineBecomes(page, /cannot be read/)
  const error = await page.getByRole('region', { name: 'What went wrong' }).innerText()
  expect(error).toContain(`Correct or remove ${file}.`)
  expect(error).toContain('cosign is not absolute: not/absolute')
  expect(await look(stage, 'setup-failed')).toEqual([])

  await button(page, /^Watch a recording of ?Signed$/).click()
  await button(page, 'To the end').click()
  await headlineBecomes(page, 'The workload gets its identity')
  await button(page, 'Back to live').first().click()

  await rm(file)
  await button(page, 'Check again').click()
  await button(page, 'Run the story').waitFor({ timeout: 60_000 })
  await stage.close()
  expect(stage.complaints()).toEqual([])
  expect(processesNaming(where.state)).toEqual([])
})
