import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

test.describe('the About panel', () => {
  let gallery: GalleryPage
  let page: Page
  let open: GalleryPage['open']

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page, open } = gallery)
  })

  const panel = () => page.getByRole('dialog', { name: /^sigstore-attestor \d+\.\d+\.\d+$/ })

  test('opens by its button and shows version, profile, runtime, sandbox, folders and licence', async () => {
    await open('run=signed')
    await page.getByRole('button', { name: 'About' }).click()
    const text = await panel().innerText()
    for (const said of ['0.1.0', 'Electron', '33.2.1', 'for development', 'sandbox', 'Apache-2.0']) {
      expect(text).toContain(said)
    }
    expect(text).toContain('/home/engineer/.local/state/sigstore-attestor')
  })

  test('opens with F1, keeps the keyboard inside, closes with Escape and returns the focus', async () => {
    await open('machine=ready')
    const opener = page.getByRole('button', { name: 'About' })
    await opener.focus()
    await page.keyboard.press('F1')
    await panel().waitFor()
    for (let press = 0; press < 6; press++) {
      await page.keyboard.press('Tab')
      // After the last one comes the browser itself, never what lies behind.
      const inside = `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`
      expect(await page.evaluate(inside)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await panel().waitFor({ state: 'hidden' })
    expect(await opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
  })

  for (const theme of ['light', 'dark', 'projector'])
    test(`has no axe findings, and fits at 200 percent: ${theme}`, async () => {
      for (const size of [
        { width: 1280, height: 800 },
        { width: 640, height: 400 },
      ]) {
        await gallery.show(`machine=ready&theme=${theme}`, size)
        await page.keyboard.press('F1')
        await panel().waitFor()
        expect(await gallery.violations()).toEqual([])
        const box = await panel().boundingBox()
        expect(box?.width).toBeLessThanOrEqual(size.width)
        expect(box?.height).toBeLessThanOrEqual(size.height)
      }
    })
})
