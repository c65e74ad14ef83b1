import { expect, test } from './fixtures.ts'

const shots = process.env['SHOTS_FOLDER']

test.describe('connections to other machines', () => {
  for (const [state, says] of [
    ['none', 'No connection to another machine seen in 412 samples'],
    ['one', 'Connections to other machines: 1'],
    ['unread', 'No connection to another machine seen in 412 samples; 2 processes could not be checked'],
  ] as const)
    test(`are on the first screen and at the story's end, worded as measured: ${state}`, async ({ gallery }) => {
      const { page } = gallery
      for (const place of ['act=home&run=signed', 'run=signed&act=identity&depth=engineer']) {
        await gallery.show(`${place}&connections=${state}`)
        const summary = page.locator('.outside summary')
        await expect(summary).toHaveText(says)
        await summary.focus()
        await page.keyboard.press('Enter')
        await expect(page.getByText('a shorter connection can be missed')).toBeVisible()
        if (state === 'one') await expect(page.getByText(/cosign → 203\.0\.113\.7:443/)).toBeVisible()
        expect(await gallery.violations()).toEqual([])
        if (shots !== undefined) await page.screenshot({ path: `${shots}/outside-${state}-${place.slice(0, 3)}.png` })
      }
    })

  test('say nothing before anything was measured', async ({ gallery }) => {
    await gallery.open('act=home&run=signed')
    await expect(gallery.page.locator('.outside')).toHaveCount(0)
  })
})
