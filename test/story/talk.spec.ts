import { expect, type Page } from 'playwright/test'
import { axeViolations } from '../harness/axe.ts'
import { processesNaming } from '../integration/harness/traces.ts'
import { endEvidence } from '../ui/harness/evidence.ts'
import { test } from './fixtures.ts'
import { type ElectronStage, electronStage } from './stage/electron.ts'
import { pictureOf } from './stage/look.ts'
import { button, headline, headlineBecomes, patience, pressByKeyboard, tabTo } from './stage/window.ts'
import { expectNothingLeft } from './traces.ts'

// A talk with the real tools: rehearsed on this machine, then given live by keyboard alone, on the smallest projector.

const stops = 8
let stage: ElectronStage
test.afterEach(async () => {
  await endEvidence(test.info())
  stage?.where.remove()
})

const foot = (page: Page) => page.locator('.talk-foot')
const place = async (page: Page): Promise<number> =>
  Number(/(\d+) of \d+/.exec(await foot(page).innerText())?.[1] ?? '0')

/** Presses Next until something has become so: each press does at most what the one before it said. */
async function goOnUntil(page: Page, message: string, isSo: () => Promise<boolean>): Promise<void> {
  const press = async (): Promise<boolean> => {
    if (await isSo()) return true
    await page.keyboard.press('PageDown')
    return isSo()
  }
  await expect.poll(press, { message, ...patience }).toBe(true)
}

const isHeadline = async (page: Page, words: string): Promise<boolean> => (await headline(page)).includes(words)

const goOnTo = (page: Page, stop: number): Promise<void> =>
  goOnUntil(page, `stop ${stop} is on the screen`, async () => (await place(page)) === stop)

/** Begins the short talk from the page with all talks. */
async function begin(page: Page, how: 'Live' | 'Rehearse'): Promise<void> {
  await page.keyboard.press('F5')
  await pressByKeyboard(page, button(page, new RegExp(`^${how} ?: .*short`)))
  await headlineBecomes(page, /The short version/)
  await expect(foot(page).getByText('LIVE', { exact: true })).toBeVisible()
}

/** Ends the talk in the presenter window, which the key N opens on one display. */
async function endTalk({ app, page }: ElectronStage): Promise<void> {
  const opened = app.waitForEvent('window')
  await page.keyboard.press('n')
  const presenter = await opened
  await tabTo(presenter, button(presenter, 'End the talk'))
  // The window may be gone before the key is up.
  await presenter.keyboard.press('Enter').catch(() => undefined)
  await foot(page).waitFor({ state: 'detached' })
}

test('is rehearsed; live a service dies on the way, the rehearsal goes on from there, and the next part is live again', async () => {
  test.setTimeout(600_000)
  stage = await electronStage()
  const { page } = stage
  await stage.resize({ width: 1280, height: 720 })
  await button(page, 'Run the story').waitFor(patience)

  await begin(page, 'Rehearse')
  await goOnTo(page, 4)
  await headlineBecomes(page, 'What will happen?')
  await page.keyboard.press('0')
  // The login's window leaves the keyboard to the talk.
  await stage.loginPage()
  expect(await focused(stage)).toContain('The short version')
  await goOnUntil(page, 'the SVID is revealed', () => isHeadline(page, 'The workload gets its identity'))
  await goOnTo(page, stops)
  await headlineBecomes(page, /./)
  await endTalk(stage)

  await begin(page, 'Live')
  await goOnTo(page, 3)
  await headlineBecomes(page, 'Who signs?')
  kill(stage, 'fulcio')
  await expect.poll(() => headline(page), patience).not.toBe('Who signs?')
  await pictureOf(stage, 'talk-failed')
  expect(await place(page)).toBe(3)

  await page.keyboard.press('r')
  await headlineBecomes(page, 'Signed, and anyone can verify it')
  await pictureOf(stage, 'talk-rehearsed')
  expect(await axeViolations(page)).toEqual([])
  for (const stop of [4, 5]) {
    await goOnTo(page, stop)
    await expect(foot(page).getByText('REPLAY')).toBeVisible()
    await expect(page.getByText('LIVE', { exact: true })).toHaveCount(0)
  }

  await page.keyboard.press('r')
  await headlineBecomes(page, 'This part has not run live yet')
  await goOnTo(page, 6)
  await goOnUntil(page, 'the denial is revealed', () => isHeadline(page, 'No identity'))
  await expect(foot(page).getByText('LIVE', { exact: true })).toBeVisible()
  await endTalk(stage)
  await stage.close()
  expect(stage.complaints()).toEqual([])
  expectNothingLeft(stage.where)
})

const focused = ({ app }: ElectronStage): Promise<string> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getFocusedWindow()?.getTitle() ?? 'no window')

/** Kills a service of the sandbox, as an accident does. */
function kill({ where }: ElectronStage, name: string): void {
  const found = processesNaming(where.runtime).filter((each) => each.split(' ')[1]?.endsWith(name))
  if (found.length !== 1) throw new Error(`not one ${name}: ${processesNaming(where.runtime).join('\n')}`)
  process.kill(Number(found[0]?.split(' ')[0]), 'SIGKILL')
}
