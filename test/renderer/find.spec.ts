import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

test.describe('find on the page, in a real browser', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    page = gallery.page
  })

  const bar = () => page.getByRole('search', { name: 'On this page' })
  const box = () => bar().getByRole('searchbox', { name: 'Find on this page' })
  const count = () => bar().getByRole('status').innerText()
  /** The texts that are marked, all or the current one, as the browser paints them. */
  const marked = (name: 'found' | 'found-current'): Promise<string[]> =>
    page.evaluate((name) => [...(CSS.highlights.get(name) ?? [])].map(String), name)
  const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.textContent)

  test('opens with Ctrl+F, counts, wraps around in both directions, and returns the focus on Esc', async () => {
    await gallery.open('run=signed&act=certificate')
    const before = page.getByRole('main').getByRole('button').first()
    await before.focus()
    await page.keyboard.press('Control+f')
    expect(await box().evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('FULCIO')
    await expect.poll(count).toMatch(/^1 of \d+$/)
    const all = await marked('found')
    expect(all.length).toBeGreaterThan(2)
    expect(new Set(all.map((text) => text.toLowerCase()))).toEqual(new Set(['fulcio']))
    expect(await marked('found-current')).toHaveLength(1)
    await page.keyboard.press('Enter')
    expect(await count()).toBe(`2 of ${all.length}`)
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.press('Shift+Enter')
    expect(await count()).toBe(`${all.length} of ${all.length}`)
    await page.keyboard.press('F3')
    expect(await count()).toBe(`1 of ${all.length}`)
    await bar().getByRole('button', { name: 'Next match' }).click()
    expect(await count()).toBe(`2 of ${all.length}`)
    await bar().getByRole('button', { name: 'Previous match' }).click()
    expect(await count()).toBe(`1 of ${all.length}`)
    await page.keyboard.press('Escape')
    expect(await bar().count()).toBe(0)
    expect(await marked('found')).toEqual([])
    expect(await focused()).toBe(await before.textContent())
    expect(gallery.complaints).toEqual([])
  })

  test('finds a shortened digest completely, and scrolls to what is out of sight', async () => {
    await gallery.open('run=signed&act=attest', { width: 1024, height: 600 })
    const digest = page.getByRole('complementary', { name: 'The thread' }).locator('.value-text').first()
    const whole = ((await digest.getAttribute('title')) ?? '').replace(/^sha256:/, '')
    expect(whole).toMatch(/^[0-9a-f]{64}$/)
    await page.keyboard.press('Control+f')
    await box().fill(whole)
    await expect.poll(count).toMatch(/^1 of \d+$/)
    expect(new Set(await marked('found'))).toEqual(new Set([whole]))
    await gallery.open('run=signed&act=identity', { width: 1024, height: 600 })
    await page.keyboard.press('Control+f')
    await box().fill('is recorded')
    await expect.poll(count).toBe('1 of 1')
    const seen = page.getByRole('rowheader', { name: 'Is recorded' })
    await expect
      .poll(async () => {
        const [stage, at] = [await page.getByRole('main').boundingBox(), await seen.boundingBox()]
        return stage !== null && at !== null && at.y >= stage.y && at.y + at.height <= stage.y + stage.height
      })
      .toBe(true)
  })

  test('says when nothing is found, ignores text for screen readers only, and follows the page', async () => {
    await gallery.open('run=signed&act=map')
    await page.keyboard.press('Control+f')
    await box().fill('no such words')
    await expect.poll(count).toBe('Not on this page.')
    expect(await bar().getByRole('button', { name: 'Next match' }).isDisabled()).toBe(true)
    await box().fill('passes to')
    await expect.poll(count).toBe('Not on this page.')
    await box().fill('asks who this is')
    await expect.poll(count).toBe('1 of 1')
    await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'Build' }).click()
    await expect.poll(count).toBe('Not on this page.')
  })

  test('leaves Ctrl+F in the log to the log, and does not search its lines', async () => {
    await gallery.open('run=signed&act=sign')
    await page.keyboard.press('l')
    await page.getByRole('log').focus()
    await page.keyboard.press('Control+f')
    expect(await bar().count()).toBe(0)
    expect(
      await page
        .getByRole('search', { name: 'In this log' })
        .getByRole('searchbox')
        .evaluate((input) => input === document.activeElement),
    ).toBe(true)
  })

  test('works in a recording, and does not open over a dialog', async () => {
    await gallery.open('act=home')
    await page.keyboard.press('?')
    await page.keyboard.press('Control+f')
    expect(await bar().count()).toBe(0)
    await page.getByRole('dialog').getByText('find on the page').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Watch a recording of Signed' }).click()
    await page.getByRole('slider', { name: 'Place in the recording' }).waitFor()
    await page.keyboard.press('Control+f')
    await box().fill('replay')
    await expect.poll(count).toMatch(/^1 of/)
  })

  for (const theme of ['light', 'dark', 'projector'])
    test(`has no axe findings, and is no wider than a small window: ${theme}`, async () => {
      for (const size of [
        { width: 1280, height: 800 },
        { width: 500, height: 700 },
      ]) {
        await gallery.show(`run=public&act=sign&theme=${theme}`, size)
        await page.keyboard.press('Control+f')
        await box().fill('a')
        await expect.poll(count).toMatch(/^1 of/)
        expect(await gallery.violations()).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      }
    })
})
