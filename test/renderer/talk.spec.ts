import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const projector = { width: 1280, height: 720 }

// Talks in the window: given by keyboard alone, from recordings and live; written in a form; refused when they are wrong.
test.describe('talks', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })

  const requests = async (): Promise<readonly unknown[]> =>
    (await gallery.asks()).filter(
      (ask) => Array.isArray(ask) && ['startRun', 'answerLogin', 'answerStep'].includes(String(ask[0])),
    )

  for (const [talk, stops] of [
    ['The short version', 8],
    ['From the Dockerfile to the SVID', 21],
  ] as const) {
    test(`are given by keyboard alone from recordings: ${talk}`, async () => {
      await gallery.open('desktop=1', projector)
      await page.keyboard.press('F5')
      const button = page.getByRole('button', { name: new RegExp(`^From recordings ?: .*${talk}`) })
      await button.focus()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('heading', { level: 1 })).toContainText(talk)
      for (let stop = 1; stop <= stops; stop++) {
        await page.keyboard.press('PageDown')
        await expect(page.getByText(`${stop} of ${stops}`)).toBeVisible()
        await expect(page.getByRole('heading', { name: 'One moment' })).toHaveCount(0)
        if (await page.getByRole('heading', { name: 'What will happen?' }).isVisible())
          await page.keyboard.press('PageDown')
        await expect(page.getByText('REPLAY')).toBeVisible()
        const scrolls = await page.locator('.stage').evaluate((stage) => stage.scrollHeight - stage.clientHeight)
        if ((await page.locator('html').getAttribute('data-depth')) === 'story')
          expect(scrolls, `stop ${stop}`).toBeLessThan(2)
      }
      await page.keyboard.press('PageUp')
      await expect(page.getByText(`${stops - 1} of ${stops}`)).toBeVisible()
      expect(await requests()).toEqual([])
      expect(await page.content()).not.toContain('Ask the room')
    })
  }

  test('live start nothing with one press, and say what the second one does; Escape takes it back', async () => {
    await gallery.open('desktop=1&run=signed,tampered,wrong-signer&talks-page=1', projector)
    await page.getByRole('button', { name: /^Live ?: .*short/ }).click()
    await page.keyboard.press('PageDown')
    await expect(page.getByText(/Press once more: Starts the run “Signed”: it .*runs a container/)).toBeVisible()
    expect(await requests()).toEqual([])
    await page.keyboard.press('Escape')
    await expect(page.getByText('Press once more')).toHaveCount(0)
    await page.keyboard.press('PageDown')
    await page.keyboard.press('PageDown')
    await expect(page.getByText('1 of 8')).toBeVisible()
    await expect(page.getByText('LIVE', { exact: true })).toBeVisible()
    expect(await requests()).toEqual([['startRun', { scenario: 'signed' }]])
  })

  test('live, a service is killed on the way: the rehearsal goes on from there, marked on every screen, to the end', async () => {
    await gallery.open('desktop=1&run=signed,tampered,wrong-signer&talks-page=1', projector)
    await page.getByRole('button', { name: /^Live ?: .*short/ }).click()
    for (let press = 0; press < 4; press++) await page.keyboard.press('PageDown')
    await expect(page.getByText('3 of 8')).toBeVisible()
    await page.keyboard.press('r')
    // Nothing is wrong: nothing is offered.
    await expect(page.getByText('LIVE', { exact: true })).toBeVisible()
    await page.evaluate(() => dispatchEvent(new CustomEvent('kill')))
    await page.keyboard.press('r')
    await expect(page.getByText('3 of 8')).toBeVisible()
    const foot = page.locator('.talk-foot')
    for (let press = 0; press < 10 && !(await foot.innerText()).includes('8 of 8'); press++) {
      await page.keyboard.press('PageDown')
      await expect(foot.getByText('REPLAY')).toBeVisible()
      await expect(page.getByText('LIVE', { exact: true })).toHaveCount(0)
      await expect(page.getByRole('heading', { name: 'One moment' })).toHaveCount(0)
    }
    await expect(page.getByText('8 of 8')).toBeVisible()
    expect(await requests()).toEqual([['startRun', { scenario: 'signed' }]])
    await page.keyboard.press('r')
    await expect(page.getByText('LIVE', { exact: true })).toBeVisible()
  })

  test('blank, zoom and change the depth by key', async () => {
    await gallery.open('desktop=1&talks-page=1', projector)
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    for (let stop = 0; stop < 4; stop++) await page.keyboard.press('PageDown')
    await page.keyboard.press('b')
    await expect(page.getByRole('status', { name: 'The screen is blank' })).toBeVisible()
    await page.keyboard.press('.')
    await expect(page.getByRole('status', { name: 'The screen is blank' })).toHaveCount(0)
    await page.keyboard.press('z')
    await expect(page.locator('.stage')).toHaveAttribute('data-zoomed', 'true')
    await page.keyboard.press('z')
    await page.keyboard.press('PageDown')
    await page.keyboard.press('x')
    await expect(page.getByRole('tree')).toBeVisible()
    await page.keyboard.press('PageDown')
    await expect(page.locator('html')).toHaveAttribute('data-depth', 'story')
  })

  test('are written in a form: stops are added, moved and removed; nothing typed is lost when it is refused', async () => {
    await gallery.open('desktop=1&talks-page=1')
    await page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Mine')
    await page.getByRole('textbox', { name: 'Notes' }).first().fill('My own words')
    await page.getByRole('button', { name: /^Down ?: stop 1.1$/ }).click()
    await expect(page.getByRole('textbox', { name: 'Notes' }).nth(1)).toHaveValue('My own words')
    await page.getByRole('button', { name: 'Add a stop to part 3' }).click()
    await page.getByRole('combobox', { name: 'Act' }).last().selectOption('tamper')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('alert')).toContainText('parts.2: one of its acts does not occur in this scenario')
    await expect(page.getByRole('textbox', { name: 'Notes' }).nth(1)).toHaveValue('My own words')
    await page.getByRole('button', { name: 'Remove stop 3.3' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('heading', { name: 'Give a talk' })).toBeVisible()
    const saved = (await gallery.asks()).findLast((ask) => Array.isArray(ask) && ask[0] === 'saveTalk')
    expect(JSON.stringify(saved)).toContain('My own words')
  })

  test('are left without saving only after a question, if something was typed', async () => {
    await gallery.open('desktop=1&talks-page=1')
    const copy = () => page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    await copy()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('heading', { name: 'Give a talk' })).toBeVisible()
    await copy()
    await page.getByRole('textbox', { name: 'Notes' }).first().fill('My own words')
    for (const ask of [
      () => page.getByRole('button', { name: 'Cancel' }).click(),
      () => page.keyboard.press('Escape'),
    ]) {
      await ask()
      await expect(page.getByRole('dialog', { name: 'Leave without saving?' })).toBeVisible()
      await page.getByRole('button', { name: 'Go on typing' }).click()
    }
    await expect(page.getByRole('textbox', { name: 'Notes' }).first()).toHaveValue('My own words')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Leave without saving' }).click()
    await expect(page.getByRole('heading', { name: 'Give a talk' })).toBeVisible()
  })

  test('that are opened from a file and are none are refused with the reason', async () => {
    await gallery.open('desktop=1&talks-page=1')
    for (const [buffer, says] of [
      [Buffer.from('{"format":"sigstore-attestor-recording"}'), 'format: this key is not known'],
      [Buffer.from('{"title":"a","title":"b"}'), 'a key that the same object has twice'],
      [Buffer.from('{"title":"a"}', 'utf16le'), 'save it as UTF-8'],
      [Buffer.from('{"title":"ä"}', 'latin1'), 'text in another encoding'],
      [Buffer.alloc(2 * 1024 * 1024, 'x'), 'a file of 2097152 bytes'],
    ] as const) {
      await page
        .getByLabel('A file with a talk')
        .setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer })
      await expect(page.getByRole('alert')).toContainText(says)
    }
  })

  test('have no axe findings, and never violate the policy', async () => {
    const found: string[] = []
    for (const state of ['desktop=1&talks-page=1', 'desktop=1']) {
      await gallery.show(state)
      found.push(...(await gallery.violations()))
    }
    await gallery.open('desktop=1&talks-page=1')
    await page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    found.push(...(await gallery.violations()))
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    found.push(...(await gallery.violations()))
    await page.goto(`${gallery.url}presenter.html?at=5&late=1`)
    await page.waitForSelector('main')
    found.push(...(await gallery.violations()))
    expect(found).toEqual([])
    expect(gallery.complaints).toEqual([])
  })
})
