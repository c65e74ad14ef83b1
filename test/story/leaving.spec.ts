import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { processesNaming } from '../integration/harness/traces.ts'
import { desktop } from '../ui/harness/desktop.ts'
import { endEvidence } from '../ui/harness/evidence.ts'
import { expect, test } from './fixtures.ts'
import { type ElectronStage, electronStage, environment, main } from './stage/electron.ts'
import { look, pictureOf } from './stage/look.ts'
import { button, headline, headlineBecomes, logIn, stepBecomes } from './stage/window.ts'
import { expectNothingLeft } from './traces.ts'

// The window of the desktop app, and what happens to its run when the person wants to leave.

let stage: ElectronStage
test.afterEach(async () => {
  await endEvidence(test.info())
  stage?.where.remove()
})

test('a login window may be closed; the story’s own prompts in mid-run, and then leaves nothing', async () => {
  stage = await electronStage()
  const { page, app } = stage
  await button(page, 'Run the story').click()
  const login = await stage.loginPage()
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(2)
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()
      .find((each) => each.getTitle() === 'Log in')
      ?.close()
  })
  await stepBecomes(page, 'Sign', 'failed')
  expect(login.isClosed()).toBe(true)
  expect(await page.getByRole('region', { name: 'What went wrong' }).innerText()).toContain('login.closed')

  await button(page, 'Run the story again').click()
  await stage.loginPage()
  const second = await promisify(execFile)(desktop().executable, ['--no-sandbox', '--disable-gpu', main], {
    env: environment(stage.where),
  })
  expect(second.stderr).toContain('The window is open already')
  expect(await headline(page)).toBe('Who signs?')

  await stage.answerQuestions('Keep running')
  await stage.cross()
  await expect.poll(() => stage.asked()).toEqual(['A run is under way.'])
  expect(await headline(page)).toBe('Who signs?')
  expect(processesNaming(stage.where.state).length).toBeGreaterThan(5)

  await stage.answerQuestions('Stop and close')
  await stage.cross()
  expect(await stage.ended()).toBe(0)
  expect(stage.complaints()).toEqual([])
  expectNothingLeft(stage.where)
})

test('a signal prompts for nothing: what runs is stopped in order, and a second signal does not cut that short', async () => {
  stage = await electronStage()
  await button(stage.page, 'Run the story').click()
  await stage.loginPage()
  expect(processesNaming(stage.where.state).length).toBeGreaterThan(5)
  stage.child.kill('SIGTERM')
  await expect.poll(() => stage.page.getByRole('heading', { level: 1 }).innerText()).toMatch(/stop/i)
  await pictureOf(stage, 'stopping')
  stage.child.kill('SIGTERM')
  await stage.ended()
  expectNothingLeft(stage.where)
})

test('a killed program’s story is offered to the next one: it is resumed where it stopped, or cleaned away', async () => {
  stage = await electronStage()
  const { where } = stage
  await button(stage.page, 'Run the story').click()
  await stage.loginPage()
  const kill = async () => {
    stage.child.kill('SIGKILL')
    await stage.ended()
    expect(processesNaming(where.state).length).toBeGreaterThan(3)
  }
  await kill()

  stage = await electronStage(where)
  await headlineBecomes(stage.page, 'A story was cut short')
  expect(await stage.page.getByRole('region', { name: 'What was left' }).innerText()).toContain('sign the digest')
  expect(await look(stage, 'leftovers')).toEqual([])
  await button(stage.page, /^Resume: signed$/).click()
  await logIn(await stage.loginPage(), 'engineer')
  await headlineBecomes(stage.page, 'The workload gets its identity')
  await stepBecomes(stage.page, 'Build', 'passed')
  await kill()

  stage = await electronStage(where)
  await headlineBecomes(stage.page, 'A story was cut short')
  await button(stage.page, 'Clean up').first().click()
  await headlineBecomes(stage.page, 'No single party has to be trusted')
  await stage.close()
  expectNothingLeft(where)
})
