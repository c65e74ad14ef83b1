import { expect, test } from '../fixtures.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import { button, goHome, headline, headlineBecomes } from '../stage/window.ts'

/** What the window has besides the story: its keys, its About panel, and recordings. */
export function showsWhatIsAround(stage: () => Stage, look: Look): void {
  test.describe('around the story', () => {
    test('lists its keys, and shows the About panel', async () => {
      const { page } = stage()
      await goHome(page)
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await look('keys')
      await page.keyboard.press('Escape')
      await page.keyboard.press('F1')
      const about = page.getByRole('dialog', { name: /^sigstore-attestor/ })
      expect(await about.innerText()).toContain('and nothing leaves it')
      await look('about')
      await page.keyboard.press('Escape')
      await expect.poll(() => about.count()).toBe(0)
    })

    test('plays a recording, which is marked on every screen, and leads back to the live run', async () => {
      const { page } = stage()
      await goHome(page)
      await button(page, /^Watch a recording ?of Tampered$/).click()
      await button(page, 'To the end').click()
      await headlineBecomes(page, 'No identity for this container')
      const mark = page.getByRole('banner').getByText('REPLAY', { exact: true })
      await mark.waitFor()
      await look('replay')
      await page.keyboard.press('h')
      expect(await headline(page)).toBe('Recorded runs')
      await mark.waitFor()
      await look('recordings')
      await button(page, 'Back to live').first().click()
      expect(await mark.count()).toBe(0)
    })
  })
}
