import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { loginAddress } from './recorded-with.ts'

// Stories with existing services, in a real browser.
test.describe('the window over existing services', () => {
  let browsed: GalleryPage
  let page: Page
  let open: GalleryPage['open']
  let asks: GalleryPage['asks']

  test.beforeEach(({ gallery: opened }) => {
    browsed = opened
    ;({ page, open, asks } = browsed)
  })

  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
  const button = (name: string | RegExp) => page.getByRole('button', { name })

  test('prompts before anything becomes public; the primary answer is no', async () => {
    await open('run=told-public&until=step.waited/consent')
    expect(await focused()).toBe('Do not publish')
    const places = page.getByRole('list', { name: 'What becomes public' }).getByRole('listitem')
    expect(await places.locator('h2').allInnerTexts()).toEqual([
      'Certificate, in the CT log',
      'Entry, in the transparency log',
      'Registry',
    ])
    expect(await page.getByText('this is you').count()).toBe(2)
    for (const key of ['PageDown', 'ArrowRight']) await page.keyboard.press(key)
    expect(await asks()).toEqual([])
    await page.keyboard.press('Enter')
    expect(await asks()).toMatchObject([['answerStep', expect.any(String), 'consent', 'no']])
  })

  test('publishes when a person presses for it, and not by the second half of a double press', async () => {
    await open('run=told-public&until=step.waited/consent')
    await button(/^Publish$/).dispatchEvent('click', { detail: 2 })
    expect(await asks()).toEqual([])
    await button(/^Publish$/).click()
    expect(await asks()).toMatchObject([['answerStep', expect.any(String), 'consent', 'yes']])
    await button('Use the sandbox instead').click()
    expect(await asks()).toMatchObject([{}, ['useSandboxInstead', expect.any(String)]])
  })

  test('shows the login’s address, for a person without an opened browser, and offers no persona', async () => {
    await open('run=told-public&until=step.waited/sign')
    await button('copy the address of the login').click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(loginAddress)
    expect(await button(/^Log in as/).count()).toBe(0)
    expect(await page.getByRole('link').count()).toBe(0)
    await button('Cancel the run').click()
    expect(await asks()).toMatchObject([['cancel', expect.any(String)]])
  })

  test('shows an operator the whole command, and asks only if nothing else can tell', async () => {
    await open('run=told-server&until=step.waited/register')
    expect(await button('It is done').count()).toBe(0)
    await button('copy the command').first().click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(' \\\n  -spiffeID ')
    await open('run=told-agent&until=step.waited/register')
    await button('It is done').click()
    expect(await asks()).toMatchObject([['answerStep', expect.any(String), 'register', 'yes']])
    await open('run=told-agent&until=step.waited/given-agent')
    await button('copy the configuration').click()
    expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toHaveProperty('engineSocket')
    await button('It is loaded').click()
    expect(await asks()).toMatchObject([['answerStep', expect.any(String), 'given-agent', 'yes']])
  })

  test('shows which scenarios cannot run with them, with the reason, and does not run them', async () => {
    await open('profile=acme')
    const row = page.getByRole('row', { name: /^Wrong issuer/ })
    expect(await row.innerText()).toContain('only the sandbox has one')
    expect(await row.getByRole('button', { name: /^Run/ }).count()).toBe(0)
    await open('profile=acme&beside=wrong-issuer')
    expect(await button(/^Run both/).count()).toBe(0)
  })

  const publicPages = [
    'profile=public',
    'profile=public&machine=preparing',
    'profile=public&beside=unsigned',
    'run=told-public&act=map',
    'run=told-public&act=log-entry',
    'run=told-public&until=step.waited/consent',
  ]

  for (const [size, theme] of [
    [{ width: 1280, height: 800 }, 'light'],
    [{ width: 900, height: 600 }, 'projector'],
    [{ width: 640, height: 400 }, 'dark'],
  ] as const)
    test(`says PUBLIC on every screen, with a frame that covers nothing: ${size.width}×${size.height}, ${theme}`, async () => {
      const problems: string[] = []
      for (const state of publicPages) {
        await browsed.show(`${state}&theme=${theme}`, size)
        if (!(await page.getByRole('banner').innerText()).includes('PUBLIC')) problems.push(`${state}: no word`)
        const under = await page.evaluate(() => {
          const frame = Number.parseFloat(
            getComputedStyle(document.querySelector('.window') ?? document.body, '::after').paddingLeft,
          )
          const outside = [...document.querySelectorAll('.window > *')].filter((part) => {
            const { left, right } = part.getBoundingClientRect()
            return right > left && (left < frame || right > innerWidth - frame)
          })
          return [frame > 4, outside.map(({ className }) => className)]
        })
        expect([state, ...under]).toEqual([state, true, []])
      }
      expect(problems).toEqual([])
      await page.keyboard.press('F1')
      const dialog = page.getByRole('dialog')
      expect(await dialog.evaluate((it) => getComputedStyle(it, '::before').content)).toContain('PUBLIC')
      expect(await dialog.evaluate((it) => getComputedStyle(it, '::after').position)).toBe('fixed')
    })

  test('says PUBLIC in a recording of such a run too, and of no other', async () => {
    await open('run=told-public&act=consent')
    await button('Watch this run again').click()
    await page.getByText('REPLAY').first().waitFor()
    expect(await page.locator('.window').getAttribute('data-public')).toBe('true')
    await button(/^Consent/).click()
    expect(await button(/^Publish$/).count()).toBe(0)
    await open('run=told-acme&act=connect')
    expect(await page.locator('.window').getAttribute('data-public')).toBe('false')
    expect(await page.getByRole('banner').innerText()).toContain('Acme')
  })

  test('never violates its policy, and never throws', () => {
    expect(browsed.complaints).toEqual([])
  })
})
