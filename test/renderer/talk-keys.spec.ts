import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const projector = { width: 1280, height: 720 }

// Keys and clickers in a talk: held down, in a list, over a box; and what the audience's page must not show yet.
test.describe('the keys of a talk', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })

  const requests = async (): Promise<readonly unknown[]> =>
    (await gallery.asks()).filter((ask) => Array.isArray(ask) && ['startRun', 'answerLogin'].includes(String(ask[0])))
  /** Held down long enough for the keyboard to repeat it. */
  const hold = async (key: string) => {
    for (let times = 0; times < 6; times++) await page.keyboard.down(key)
    await page.keyboard.up(key)
  }
  const sent = async (): Promise<{ kind: string; what?: string }[]> =>
    JSON.parse((await page.locator('html').getAttribute('data-sent')) ?? '[]') as []
  const presses = async () => (await sent()).flatMap(({ what }) => what ?? [])

  test('held down are one press: nothing is started, and one vote is counted', async () => {
    await gallery.open('desktop=1&run=signed,tampered,wrong-signer&talks-page=1', projector)
    await page.getByRole('button', { name: /^Live ?: .*short/ }).click()
    await hold('PageDown')
    await expect(page.getByText('Press once more')).toBeVisible()
    expect(await requests()).toEqual([])
    await hold('PageDown')
    await expect(page.getByText('1 of 8')).toBeVisible()
    expect(await requests()).toEqual([['startRun', { scenario: 'signed' }]])
    for (let press = 0; press < 3; press++) await page.keyboard.press('PageDown')
    await hold('4')
    await expect(page.getByText('1 vote', { exact: true })).toBeVisible()
    await hold('b')
    await expect(page.getByRole('status', { name: 'The screen is blank' })).toBeVisible()
  })

  test('P held down asks, and does not reveal', async () => {
    await gallery.open('run=tampered&act=attest')
    await hold('p')
    await expect(page.getByRole('heading', { name: 'What will happen?' })).toBeVisible()
  })

  test('in the presenter window: Enter held on a button, a double click and arrows over the notes', async () => {
    await page.setViewportSize(projector)
    await page.goto(`${gallery.url}presenter.html?at=2&mode=live`)
    await page.getByRole('button', { name: 'Next →' }).focus()
    await hold('Enter')
    expect(await presses()).toEqual(['next'])
    // Focused to scroll them: an arrow to the right goes on nevertheless.
    await page.getByRole('group', { name: 'Notes of this stop' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await presses()).toEqual(['next', 'next'])
    await page.keyboard.press('ArrowDown')
    expect(await presses()).toEqual(['next', 'next'])
    await page.goto(`${gallery.url}presenter.html?at=2&mode=live&armed=1`)
    await page.getByRole('button', { name: 'Yes, do it →' }).dblclick()
    expect(await presses()).toEqual(['next'])
  })

  test('the presenter window has its buttons in sight, whatever else it has to say', async () => {
    await page.setViewportSize(projector)
    const picture = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="540"><rect width="960" height="540"/></svg>',
    )
    await page.route('**/audience.png*', (route) => route.fulfill({ body: picture, contentType: 'image/svg+xml' }))
    await page.goto(`${gallery.url}presenter.html?at=3&mode=live&armed=1&net=1&picture=1&one=1&problem=1&late=1`)
    await expect(page.getByRole('button', { name: 'End the talk' })).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole('button', { name: 'Keys ?' })).toBeInViewport({ ratio: 1 })
    const shown = page.getByRole('region', { name: 'On the screen' })
    expect(await shown.evaluate((each) => each.scrollHeight - each.clientHeight)).toBeLessThan(2)
  })

  test('are listed at a question mark, in both windows; the list closes by Escape, and the talk stays', async () => {
    await gallery.open('desktop=1&talks-page=1', projector)
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    await page.keyboard.press('PageDown')
    await page.keyboard.press('?')
    const list = page.getByRole('dialog', { name: 'Keys' })
    await expect(list).toContainText('the next stop; what changes anything outside needs a second press')
    await expect(list.getByText('Page Down')).toBeInViewport()
    expect(await gallery.violations()).toEqual([])
    await page.keyboard.press('Escape')
    await expect(list).toHaveCount(0)
    await expect(page.getByText('1 of 8')).toBeVisible()
    await page.goto(`${gallery.url}presenter.html?at=2`)
    await page.waitForSelector('main')
    await page.keyboard.press('?')
    await expect(list).toContainText('only the presenter window shows notes')
    expect(await gallery.violations()).toEqual([])
    await page.keyboard.press('Escape')
    await expect(list).toHaveCount(0)
  })

  test('no page before the question shows its answer: not the title, nor the map', async () => {
    await gallery.open('desktop=1&talks-page=1', projector)
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    await expect(page.getByRole('list', { name: 'Gates' })).toBeVisible()
    expect(await page.content()).not.toMatch(/Wrong signer|Tampered/)
    await page.keyboard.press('PageDown')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('How far this run has come')
    await expect(page.getByText('No X.509-SVID yet')).toBeVisible()
    expect(await page.content()).not.toContain('spiffe://demo.test/hello')
    for (let press = 0; press < 4; press++) await page.keyboard.press('PageDown')
    await expect(page.getByText('No votes')).toBeVisible()
    for (let press = 0; press < 3; press++) await page.keyboard.press('PageUp')
    // Once it is revealed, the map has it.
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Every party checked the one before')
  })

  test('a recording that cannot be read is not waited for', async () => {
    await gallery.open('desktop=1&talks-page=1&recordings=none', projector)
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    await page.keyboard.press('PageDown')
    await expect(page.getByRole('heading', { name: 'The recording cannot be shown' })).toBeVisible()
    await page.keyboard.press('PageDown')
    await expect(page.getByText('2 of 8')).toBeVisible()
  })

  test('nor do the words of a tool, outside a talk', async () => {
    await gallery.open('run=tampered&act=attest&depth=engineer')
    const last = page.getByText('line 99999 of what the tool said')
    await expect(last).toBeVisible()
    await page.keyboard.press('l')
    await page.keyboard.press('p')
    await expect(page.getByRole('heading', { name: 'What will happen?' })).toBeVisible()
    await expect(last).toHaveCount(0)
    await page.keyboard.press('l')
    await expect(page.getByRole('region', { name: /log/i })).toHaveCount(0)
    await page.keyboard.press('p')
    await expect(last.first()).toBeVisible()
  })

  test('the window’s title is masked as the page is', async () => {
    await gallery.open('desktop=1&talks-page=1', projector)
    await page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('By jane@corp.example \u202Elive')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: /^From recordings ?: By jane/ }).click()
    await page.keyboard.press('m')
    await expect.poll(() => page.title()).toMatch(/^By m\w+@h\S+ ⟨U\+202E⟩live/)
    await page.keyboard.press('m')
    await expect.poll(() => page.title()).toContain('jane@corp.example')
  })
})
