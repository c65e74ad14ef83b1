import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const projector = { width: 1280, height: 720 }
/** What only a verdict says. */
const verdict = /No X\.509-SVID|No identity for this container|gets its identity|PermissionDenied/i
const shots = process.env['SHOTS_FOLDER']

test.describe('predict, then reveal', () => {
  let gallery: GalleryPage
  let page: Page
  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })
  const everything = () => page.evaluate(() => document.documentElement.outerHTML + document.title)
  const shot = async (name: string) => {
    if (shots === undefined) return
    for (const theme of ['light', 'dark', 'projector']) {
      await page.evaluate((chosen) => {
        document.documentElement.dataset['theme'] = chosen
      }, theme)
      await page.screenshot({ path: `${shots}/${name}-${theme}.png` })
    }
  }

  test('in a talk, by keyboard alone: every verdict is asked for, and in no page before it is revealed', async () => {
    await gallery.open('desktop=1&talks-page=1', projector)
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    const question = page.getByRole('heading', { name: 'What will happen?' })
    let asked = 0
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press('PageDown')
      await expect(page.getByRole('heading', { name: 'One moment' })).toHaveCount(0)
      if (!(await question.isVisible())) continue
      asked++
      expect(await everything()).not.toMatch(verdict)
      await page.keyboard.press('0')
      for (const key of ['3', '4', '4', '7', 'Backspace', '9']) await page.keyboard.press(key)
      await expect(page.getByText('4 votes', { exact: true })).toBeVisible()
      expect(await gallery.violations()).toEqual([])
      await shot(`question-${asked}`)
      expect(await page.evaluate(() => document.querySelector('.stage')?.scrollHeight ?? 0)).toBeLessThanOrEqual(
        await page.evaluate(() => document.querySelector('.stage')?.clientHeight ?? 0),
      )
      await page.keyboard.press('PageDown')
      await expect(question).toHaveCount(0)
      await expect(page.getByText(/^\d of 4 votes were right$/)).toBeVisible()
      expect(await everything()).toMatch(verdict)
      expect(await gallery.violations()).toEqual([])
      expect(await page.evaluate(() => document.querySelector('.stage')?.scrollHeight ?? 0)).toBeLessThanOrEqual(
        (await page.evaluate(() => document.querySelector('.stage')?.clientHeight ?? 0)) + 1,
      )
      await shot(`votes-${asked}`)
    }
    expect(asked).toBe(3)
  })

  test('in the window, by keyboard and by mouse; nothing on the page gives it away', async () => {
    await gallery.open('run=tampered&act=attest&depth=engineer')
    expect(await everything()).toMatch(verdict)
    await page.keyboard.press('p')
    await expect(page.getByRole('heading', { name: 'What will happen?' })).toBeVisible()
    expect(await everything()).not.toMatch(verdict)
    // The run is over: there is nothing to cancel.
    await expect(page.getByRole('button', { name: 'Cancel the run' })).toHaveCount(0)
    // Nor does another page of the run.
    await page.keyboard.press('PageUp')
    expect(await everything()).not.toMatch(verdict)
    await page.keyboard.press('PageDown')
    await page.getByRole('button', { name: /Stopped at: Signature/ }).click()
    await page.getByRole('button', { name: /Gets its SVID/ }).click()
    await page.getByRole('button', { name: 'Take one back' }).click()
    await page.keyboard.press('5')
    await shot('window-question')
    await page.getByRole('button', { name: 'Reveal', exact: true }).click()
    await expect(page.getByText('1 of 2 votes were right')).toBeVisible()
    expect(await everything()).toMatch(verdict)
    await shot('window-votes')
    await page.keyboard.press('p')
    await page.keyboard.press('p')
    await expect(page.getByText('No votes')).toBeVisible()
  })
})
