import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const projector = { width: 1280, height: 720 }

// The form of a talk and the list, as a person uses them who makes mistakes.
test.describe('the form of a talk', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(async ({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
    await gallery.open('desktop=1&talks-page=1', projector)
  })

  const saved = async () => (await gallery.asks()).filter((ask) => Array.isArray(ask) && ask[0] === 'saveTalk')
  const save = () => page.getByRole('button', { name: 'Save' }).click()

  test('is refused without a name for its file, in sight, and keeps what was typed', async () => {
    await page.getByRole('button', { name: 'Write a talk' }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Доклад')
    await expect(page.getByRole('textbox', { name: 'File' })).toHaveValue('')
    for (let stop = 0; stop < 4; stop++) await page.getByRole('button', { name: 'Add a stop to part 1' }).click()
    await page.getByRole('textbox', { name: 'Notes' }).last().fill('My own words')
    for (const name of ['', 'My Talk', 'ä', 'x'.repeat(42)]) {
      await page.getByRole('textbox', { name: 'File' }).fill(name)
      await page.getByRole('textbox', { name: 'Notes' }).last().focus()
      await save()
      const alert = page.getByRole('alert')
      await expect(alert).toContainText('small letters, digits and hyphens, at most 41')
      await expect(alert).not.toContainText('bug')
      await expect(alert).toBeInViewport()
    }
    expect(await saved()).toEqual([])
    await expect(page.getByRole('textbox', { name: 'Notes' }).last()).toHaveValue('My own words')
    await page.getByRole('textbox', { name: 'File' }).fill('doklad')
    await save()
    await expect(page.getByText('Saved: doklad')).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Доклад' })).toBeVisible()
  })

  test('is refused with notes of a megabyte, by what is wrong with them', async () => {
    await page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    await page.getByRole('textbox', { name: 'Notes' }).first().fill('x'.repeat(1_100_000))
    await save()
    await expect(page.getByRole('alert')).toContainText('This talk is not accepted.')
    expect(await saved()).toEqual([])
    await expect(page.getByRole('textbox', { name: 'Title' })).toHaveValue(/short version/)
  })

  test('adds its minutes up as a person does', async () => {
    await page.getByRole('button', { name: 'Write a talk' }).click()
    await page.getByRole('button', { name: 'Add a stop to part 1' }).click()
    await page.getByRole('textbox', { name: 'Minutes' }).nth(1).fill('1.1')
    await page.getByRole('textbox', { name: 'Minutes' }).nth(2).fill('2,2')
    await expect(page.getByText('the stops take 3.3 together')).toBeVisible()
  })

  test('refuses a file in another encoding, which would lose letters', async () => {
    const stops = [{ act: 'attest', minutes: 1, notes: 'für alle' }]
    const text = JSON.stringify({ title: 'Mine', minutes: 1, parts: [{ scenario: 'signed', stops }] })
    const give = (buffer: Buffer) =>
      page.getByLabel('A file with a talk').setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer })
    await give(Buffer.from(text, 'latin1'))
    await expect(page.getByRole('alert')).toContainText('UTF-8')
    await give(Buffer.from(text))
    await expect(page.getByRole('textbox', { name: 'Notes' })).toHaveValue('für alle')
  })

  test('takes a long title without spaces: nothing is cut or scrolls sideways', async () => {
    const title = 'W'.repeat(120)
    const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    const cut = (selector: string) =>
      page.locator(selector).evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length)
    await page.getByRole('button', { name: /^Copy and change ?: .*short/ }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill(title)
    await save()
    await expect(page.getByRole('heading', { name: title })).toBeVisible()
    expect(await sideways()).toBeLessThan(1)
    expect(await cut('.talk-row, .stage')).toBe(0)
    await page.getByRole('button', { name: /^From recordings ?: WWW/ }).click()
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
    expect(await sideways()).toBeLessThan(1)
    expect(await cut('.stage, .stage h1')).toBe(0)
    const stage = page.locator('.stage')
    expect(await stage.evaluate((each) => each.scrollHeight - each.clientHeight)).toBeLessThan(2)
  })

  test('names the files that are no talks by their name', async () => {
    await expect(page.getByText('Not listed: My Talk.json, ten-minutes.json.')).toBeVisible()
  })
})
