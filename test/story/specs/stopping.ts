import { places } from '../../../src/core/machine/folders.ts'
import { processesNaming } from '../../integration/harness/traces.ts'
import { expect, test } from '../fixtures.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import { button, goHome, headlineBecomes, pressWhen, stepBecomes } from '../stage/window.ts'

/** Runs that do not reach their end. Begins at the list of all scenarios, and returns there. */
export function stopsWhenAsked(stage: () => Stage, look: Look): void {
  const run = () => button(stage().page, /^Run(?: again)? ?: Signed$/).click()
  const leavesNothing = () =>
    expect.poll(() => processesNaming(places(stage().where).runs), { timeout: 10_000 }).toEqual([])

  test.describe('a run that is stopped', () => {
    test('in mid-build ends there, and leaves nothing of it running', async () => {
      const { page } = stage()
      await goHome(page)
      await Promise.all([pressWhen(page, 'Docker builds the image', 'Cancel the run'), run()])
      await headlineBecomes(page, 'Cancelled: build the image')
      await stepBecomes(page, 'Build', 'cancelled')
      await stepBecomes(page, 'Push', 'not reached')
      await leavesNothing()
      await look('cancelled')
    })

    test('in mid-sign closes the login, and cosign with it', async () => {
      const { page } = stage()
      await goHome(page)
      await run()
      const login = await stage().loginPage()
      const gone = login.waitForEvent('close')
      await button(page, 'Cancel the run').click()
      await gone
      await headlineBecomes(page, 'Cancelled: sign the digest')
      await leavesNothing()
    })

    test('by a person who refuses the login says so, and what to do', async () => {
      const { page } = stage()
      await goHome(page)
      await run()
      const login = await stage().loginPage()
      await login.getByRole('button', { name: 'Deny the login' }).click()
      await stepBecomes(page, 'Sign', 'failed')
      const wrong = await page.getByRole('region', { name: 'What went wrong' }).innerText()
      expect(wrong).toContain('login.denied')
      expect(wrong).toContain('fix')
      await leavesNothing()
      await look('login-denied')
    })
  })
}
