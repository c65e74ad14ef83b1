import { expect, type GalleryPage, test } from './fixtures.ts'

test.describe('what the page reports to the window', () => {
  let gallery: GalleryPage

  test.beforeEach(async ({ gallery: opened }) => {
    gallery = opened
    await gallery.page.addInitScript(() => {
      const sent: unknown[] = []
      const never = () => () => undefined
      const desktop = { send: async (message: unknown) => (sent.push(message), null), onFile: never, onTalk: never }
      Object.assign(globalThis, { desktop, sent })
    })
  })

  const holds = (): Promise<unknown> =>
    gallery.page.evaluate(() =>
      (globalThis as unknown as { sent: { kind: string }[] }).sent.findLast(({ kind }) => kind === 'holds'),
    )

  test('is a recording while one is open, and nothing before and after', async () => {
    const { page } = gallery
    await gallery.open('act=home')
    await expect.poll(holds).toEqual({ kind: 'holds', unsaved: [], recording: false })
    await page.getByRole('button', { name: 'Watch a recording of Signed' }).click()
    await expect.poll(holds).toEqual({ kind: 'holds', unsaved: [], recording: true })
    await page
      .getByRole('button', { name: /leave|live/i })
      .first()
      .click()
    await expect.poll(holds).toEqual({ kind: 'holds', unsaved: [], recording: false })
  })

  test('is unsaved text while a profile is changed, and nothing while it is only shown', async () => {
    const { page } = gallery
    await gallery.open('services-page=1')
    await page.getByRole('button', { name: 'Make a profile of your own' }).click()
    await page.getByLabel('Title', { exact: true }).waitFor()
    expect(await holds()).toEqual({ kind: 'holds', unsaved: [], recording: false })
    await page.getByLabel('Title', { exact: true }).fill('Acme International')
    await expect.poll(holds).toEqual({ kind: 'holds', unsaved: ['profile'], recording: false })
  })
})
