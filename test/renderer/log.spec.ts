import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const total = 100_000

// A log of a hundred thousand lines (gallery/logs.ts), in the window's own pages and under its policy, in a real browser.
test.describe('the log in Chromium', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    page = gallery.page
  })
  test.beforeEach(() => open())

  const open = async (query = 'run=signed&act=sign', size = { width: 1280, height: 800 }): Promise<void> => {
    await gallery.show(query, size)
    await page.getByRole('button', { name: /^Log/ }).last().click()
    await expect.poll(() => newest()).toContain('of what the tool said')
  }
  const box = () => page.getByRole('log', { name: 'Lines' })
  const lines = () => page.locator('.log-line')
  const newest = () => lines().last().innerText()
  const search = () => page.getByRole('searchbox', { name: 'Find' })
  const status = () => page.getByRole('search', { name: 'In this log' }).getByRole('status')
  const state = () => page.locator('.log-state').innerText()
  const grow = (count: number) =>
    page.evaluate((detail) => window.dispatchEvent(new CustomEvent('grow', { detail })), count)
  /** A line by its number from 1, where it is drawn. */
  const line = (number: number) =>
    lines().filter({ has: page.locator('.log-number', { hasText: new RegExp(`^${number}$`) }) })
  const inSight = async (number: number): Promise<boolean> => {
    const [outer, inner] = [
      await box().boundingBox(),
      await line(number)
        .boundingBox({ timeout: 1_000 })
        .catch(() => null),
    ]
    return (
      outer !== null && inner !== null && inner.y >= outer.y - 1 && inner.y + inner.height <= outer.y + outer.height + 1
    )
  }

  test('reaches the first, a middle and the last of a hundred thousand lines, with a few of them in the document', async () => {
    const most = async () => expect(await page.locator('.log *').count()).toBeLessThan(400)
    expect(await state()).toBe('100,000 lines, following the end')
    await expect.poll(() => inSight(total)).toBe(true)
    expect(await lines().last().getAttribute('aria-posinset')).toBe('100000')
    expect(await lines().last().getAttribute('aria-setsize')).toBe('100000')
    await most()
    await page.keyboard.press('Home')
    await expect.poll(() => line(1).innerText()).toContain('line 0 of what the tool said')
    expect(await state()).toBe('100,000 lines, not following')
    await most()
    await box().evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
    await expect.poll(() => line(50_001).innerText()).toMatch(/line 50000/)
    await most()
    await page.keyboard.press('PageDown')
    await expect.poll(() => inSight(50_015)).toBe(true)
    await page.getByRole('button', { name: 'To the end' }).click()
    await expect.poll(() => inSight(total)).toBe(true)
    await most()
  })

  test('follows new lines, stays where the reader has scrolled to, and goes to the end on request', async () => {
    await grow(300)
    await expect.poll(() => inSight(total + 300)).toBe(true)
    await box().hover()
    await page.mouse.wheel(0, -400)
    await expect.poll(state).toBe('100,300 lines, not following')
    const seen = await lines().nth(12).innerText()
    // More than the window keeps: what is viewed leaves the newest lines, and stays.
    for (let batch = 0; batch < 12; batch += 1) await grow(250)
    await expect.poll(state).toBe('103,300 lines, not following')
    expect(await lines().nth(12).innerText()).toBe(seen)
    await box().focus()
    await page.keyboard.press('End')
    await expect.poll(() => inSight(103_300)).toBe(true)
    expect(await state()).toBe('103,300 lines, following the end')
    await grow(10)
    await expect.poll(() => inSight(103_310)).toBe(true)
  })

  test('finds a text in all lines, counts, wraps around, and shows where', async () => {
    await box().focus()
    await page.keyboard.press('Control+f')
    await expect.poll(() => search().evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('REKOR LOG')
    await expect.poll(() => status().innerText()).toBe('1 of 100 lines')
    await expect.poll(() => inSight(501)).toBe(true)
    expect(await line(501).locator('mark').allInnerTexts()).toEqual(['Rekor log'])
    await page.keyboard.press('Enter')
    await expect.poll(() => inSight(1_501)).toBe(true)
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.press('Shift+Enter')
    await expect.poll(() => status().innerText()).toBe('100 of 100 lines, round the end')
    await expect.poll(() => inSight(99_501)).toBe(true)
    await page.getByRole('button', { name: 'Next line that holds it' }).click()
    await expect.poll(() => status().innerText()).toBe('1 of 100 lines, round the end')
    await search().fill('no such thing')
    await expect.poll(() => status().innerText()).toBe('No line holds that.')
    await search().fill('^[[2J⟨U+202E⟩<I>')
    await expect.poll(() => status().innerText()).toMatch(/^[\d,]+ of 9,\d{3} lines$/)
  })

  test('shows only matching lines, and new ones', async () => {
    await search().fill('rekor log')
    await page.getByRole('checkbox', { name: 'only these' }).check()
    await expect.poll(() => lines().last().getAttribute('aria-setsize')).toBe('100')
    await box().evaluate((element) => element.scrollTo(0, 0))
    await expect.poll(() => lines().first().innerText()).toMatch(/^501\s+entry 500 of the Rekor log$/)
    await page.getByRole('button', { name: 'To the end' }).click()
    await expect.poll(() => newest()).toMatch(/^99501\s+entry 99500 of the Rekor log$/)
    await grow(1_000)
    await expect.poll(() => newest()).toMatch(/^100501\s+entry 100500 of the Rekor log$/)
    await page.getByRole('checkbox', { name: 'only these' }).uncheck()
    await expect.poll(() => lines().last().getAttribute('aria-setsize')).toBe('101000')
  })

  test('copies what is marked, or all that is shown, as displayed, and says how much', async () => {
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
    const copy = () => page.getByRole('button', { name: /^copy (all lines|the lines found)/ })
    await page.keyboard.press('Home')
    await line(3).locator('.log-number').click()
    await line(5)
      .locator('.log-number')
      .click({ modifiers: ['Shift'] })
    await expect.poll(() => status().innerText()).toBe('Lines 3 to 5 marked')
    await page.keyboard.press('Control+c')
    await expect.poll(() => status().innerText()).toBe('Copied 3 lines.')
    expect(await clipboard()).toBe(
      'line 2 of what the tool said\nline 3 blue ^[[2J⟨U+202E⟩<i>not italic</i>^@\nline 4 of what the tool said\n',
    )
    await page.keyboard.press('Escape')
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Shift+ArrowDown')
    await expect.poll(() => lines().and(page.locator('[data-selected="true"]')).count()).toBe(2)
    await page.keyboard.press('Escape')
    await search().fill('rekor log')
    await page.getByRole('checkbox', { name: 'only these' }).check()
    await copy().click()
    await expect.poll(() => status().innerText()).toBe('Copied 100 lines.')
    expect((await clipboard()).split('\n').slice(0, 2)).toEqual([
      'entry 500 of the Rekor log',
      'entry 1500 of the Rekor log',
    ])
    await page.getByRole('checkbox', { name: 'only these' }).uncheck()
    await copy().click()
    await expect
      .poll(() => status().innerText())
      .toBe('Copied the first 20,000 of 100,000 lines. Save the log to have all.')
  })

  test('saves the log of this step on request', async () => {
    await page.getByRole('button', { name: 'save the log to a file' }).click()
    const asks = JSON.parse((await page.locator('html').getAttribute('data-asks')) ?? '[]') as unknown[]
    expect(asks.at(-1)).toMatchObject(['save', { kind: 'log', step: 'sign' }])
  })

  test('draws colours, shows every other control character, and bounds a line of megabytes', async () => {
    await search().fill('blue')
    await expect
      .poll(() => page.locator('.log-line[data-current="true"]').innerText())
      .toContain('^[[2J⟨U+202E⟩<i>not italic</i>^@')
    expect(await lines().locator('i').count()).toBe(0)
    expect(await page.locator('.log-line[data-current="true"] .ansi-control').allInnerTexts()).toEqual([
      '^[',
      '⟨U+202E⟩',
      '^@',
    ])
    expect(await lines().locator('.ansi-on-red').first().innerText()).toBe('ERROR')
    await search().fill('a very long line')
    const long = page.locator('.log-line[data-current="true"]')
    await expect.poll(() => long.innerText()).toMatch(/^99401\s+a very long line x+ … 1\.2 MB more, in its file$/)
    expect((await long.innerText()).length).toBeLessThan(4_100)
    await page.getByRole('checkbox', { name: 'wrap' }).check()
    await expect.poll(async () => (await long.boundingBox())?.height ?? 0).toBeGreaterThan(200)
    expect(await box().evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
  })

  test('keeps the end in sight when long lines are wrapped', async () => {
    await page.getByRole('checkbox', { name: 'wrap' }).check()
    await expect.poll(() => inSight(total)).toBe(true)
    await grow(500)
    await expect.poll(() => inSight(total + 500)).toBe(true)
    await page.getByRole('checkbox', { name: 'wrap' }).uncheck()
    await expect.poll(() => inSight(total + 500)).toBe(true)
  })

  test('reads new lines to a screen reader only on request, and not each of many', async () => {
    expect(await box().getAttribute('aria-live')).toBe('off')
    const spoken = page.locator('.log [aria-live="polite"]:not([role]):not(button *)')
    expect(await spoken.count()).toBe(0)
    await page.getByRole('checkbox', { name: 'read new lines' }).check()
    await grow(1)
    await expect.poll(() => spoken.innerText()).toContain('line 100000')
    await grow(5_000)
    await expect.poll(() => spoken.innerText()).toMatch(/^5000 lines, the last: /)
  })

  test('takes the focus, keeps its keys to itself, and returns the focus on Escape', async () => {
    await expect.poll(() => box().evaluate((element) => element === document.activeElement)).toBe(true)
    const headline = await page.getByRole('heading', { level: 1 }).innerText()
    await page.keyboard.press('PageUp')
    await page.keyboard.press('PageUp')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(headline)
    await search().fill('rekor')
    await page.keyboard.press('Escape')
    expect(await search().inputValue()).toBe('')
    await page.keyboard.press('Escape')
    expect(await box().count()).toBe(0)
    await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toContain('footer-log')
  })

  test('handles thousands of lines a second without blocking the page', async () => {
    const frames = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let frames = 0
          const end = performance.now() + 2_000
          const next = () => (performance.now() < end ? (frames++, requestAnimationFrame(next)) : resolve(frames))
          requestAnimationFrame(next)
        }),
    )
    for (let batch = 0; batch < 40; batch += 1) await grow(250)
    await expect.poll(() => inSight(total + 10_000)).toBe(true)
    expect(await frames).toBeGreaterThan(0)
  })

  for (const theme of ['light', 'dark', 'projector'])
    test(`has no axe findings: ${theme}`, async () => {
      for (const size of [
        { width: 1280, height: 800 },
        { width: 900, height: 600 },
        { width: 640, height: 400 },
      ]) {
        await open(`run=signed&act=sign&theme=${theme}`, size)
        await search().fill('line')
        await page.locator('.log-line[data-current="true"] .log-number').click()
        expect(await gallery.violations(undefined, '.log')).toEqual([])
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(wide).toBe(0)
      }
    })

  test('never violates its policy, and never throws', () => {
    expect(gallery.complaints).toEqual([])
  })
})
