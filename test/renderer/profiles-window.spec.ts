import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

// Choosing an environment, and writing a profile of one's own, in a real browser.
test.describe('the page of profiles in Chromium', () => {
  let browsed: GalleryPage
  let page: Page
  let open: GalleryPage['open']
  let violations: GalleryPage['violations']
  let asks: GalleryPage['asks']

  test.beforeEach(({ gallery: opened }) => {
    browsed = opened
    ;({ page, open, violations, asks } = browsed)
  })

  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const row = (title: string) =>
    page.getByRole('list', { name: 'Profiles' }).getByRole('listitem').filter({ hasText: title })
  const value = (label: string) => page.getByLabel(label, { exact: true })
  const headline = () => page.getByRole('heading', { level: 1 }).innerText()

  test('is reached from the start page, and lists each profile with what it means and what keeps it from being used', async () => {
    await open('machine=ready')
    await button('Choose an environment').click()
    const titles = await page.getByRole('list', { name: 'Profiles' }).getByRole('heading').allInnerTexts()
    expect(titles.map((title) => title.split(/\s/)[0])).toEqual(['Sandbox', 'Public', 'Acme', 'The', 'broken'])
    expect(await row('Sandbox').innerText()).toContain('in use')
    expect(await row('Public Sigstore').innerText()).toContain('public for ever')
    expect(await row('Public Sigstore').getByRole('button', { name: /^Use/ }).count()).toBe(0)
    expect(await row('broken').innerText()).toContain('sigstore.fulcoi: this key is not known')
    await button('Back to all scenarios').click()
    expect(await headline()).toBe('No single party has to be trusted')
  })

  test('asks for the values of a profile in plain words; then it can be chosen', async () => {
    await open('services-page=1&services=none')
    await value('Your name at Docker Hub').fill(' ada ')
    await value('Your e-mail address, as your login knows it').fill('ada@acme.example')
    await page.keyboard.press('Enter')
    expect(await asks()).toEqual([
      ['fillProfile', 'public', { DOCKER_USER: 'ada', SIGSTORE_SUBJECT: 'ada@acme.example' }],
    ])
    await button('Use Public Sigstore').click()
    expect((await asks()).at(-1)).toEqual(['useProfile', 'public'])
    await expect.poll(headline).toBe('No single party has to be trusted')
  })

  test('says where an overriding value is set', async () => {
    await open('services-page=1')
    await value('Value for SIGNER').fill('somebody@acme.example')
    await page.keyboard.press('Enter')
    const alert = row('The Sigstore of Acme').getByRole('alert')
    expect(await alert.innerText()).toContain('without SIGNER in its environment')
    expect(await value('Value for SIGNER').inputValue()).toContain('ada.lovelace')
  })

  test('says what choosing ends once something has begun, and does it only then', async () => {
    await open('run=signed&until=step.started/build')
    await button('sigstore-attestor').click()
    await button('Choose an environment').click()
    await button('Use Acme').first().click()
    const panel = page.getByRole('region', { name: 'Use Acme' })
    expect(await panel.innerText()).toContain('the run that is under way')
    await page.keyboard.press('Escape')
    expect(await asks()).toEqual([])
    await button('Use Acme').first().click()
    await panel.getByRole('button', { name: 'Cancel the run and use it' }).click()
    expect(await asks()).toEqual([['useProfile', 'acme']])
  })

  test('shows each service’s result, with its fix', async () => {
    await open('services-page=1')
    await button('Check Acme').first().click()
    const checks = page.getByRole('list', { name: 'Checks of Acme' })
    expect(await checks.innerText()).toContain('Fetch the trusted root of this Fulcio')
    expect(await checks.getByText('could not check').count()).toBe(1)
    expect(await violations()).toEqual([])
  })

  test('shows why a profile was refused at its fields and keeps what was typed', async () => {
    await open('services-page=1&save=refused')
    await button('Make a profile of your own').click()
    expect(await page.locator('input[type="password"]').count()).toBe(0)
    await value('Title').fill('Acme International')
    expect(await value('Name').inputValue()).toBe('acme-international')
    await value('Fulcio').fill('fulcio.acme')
    await button('Save').click()
    expect(await page.getByRole('alert').innerText()).toContain('This profile is not accepted.')
    const wrong = page.locator('[aria-invalid="true"]')
    await expect.poll(() => wrong.count()).toBe(5)
    expect(await page.locator('.field', { has: value('Fulcio') }).innerText()).toContain('no http or https address')
    expect(await value('Fulcio').inputValue()).toBe('fulcio.acme')
    expect(await violations()).toEqual([])
    await button('As text').click()
    expect(await page.getByRole('alert').innerText()).toContain('sigstore.fulcio.url: no http or https address')
  })

  test('edits one value as a form and as text', async () => {
    await open('services-page=1')
    await button('Edit Acme').first().click()
    await value('Host').fill('registry.example')
    await button('As text').click()
    const text = value('The profile as JSON')
    expect(JSON.parse(await text.inputValue())).toMatchObject({ registry: { host: 'registry.example' } })
    await text.fill((await text.inputValue()).replace('team/hello', 'other/hello').replace('"issuer"', '"isuer"'))
    await button('As a form').click()
    expect(await page.getByRole('main').innerText()).toContain('The form has no field for this: isuer')
    await text.fill((await text.inputValue()).replace('"isuer"', '"issuer"'))
    await button('As a form').click()
    expect(await value('Repository').inputValue()).toBe('other/hello')
    await button('Save').click()
    const saved = (await asks()).at(-1) as [string, { name: string; text: string; replace: boolean }]
    expect(saved).toMatchObject(['saveProfile', { name: 'acme', replace: true }])
    expect(JSON.parse(saved[1].text)).toMatchObject({
      registry: { host: 'registry.example', repository: 'other/hello' },
    })
    expect(await row('acme').first().innerText()).toContain('Saved.')
  })

  test('asks before leaving only if something was typed; opening another page loses nothing', async () => {
    await open('services-page=1')
    await button('Make a profile of your own').click()
    await page.keyboard.press('Escape')
    expect(await headline()).toBe('Choose an environment')
    await button('Make a profile of your own').click()
    await value('Title').fill('Acme')
    await button('sigstore-attestor').click()
    await button('Choose an environment').click()
    expect(await value('Title').inputValue()).toBe('Acme')
    await page.keyboard.press('Escape')
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Go on typing')
    await page.keyboard.press('Escape')
    expect(await dialog.count()).toBe(0)
    expect(await value('Title').inputValue()).toBe('Acme')
    await button('Cancel').click()
    await dialog.getByRole('button', { name: 'Leave without saving' }).click()
    expect(await headline()).toBe('Choose an environment')
    expect(await asks()).toEqual([])
  })

  test('opens a broken file as text, and a copy of a shipped one under another name', async () => {
    await open('services-page=1')
    await button('Make one like it').click()
    expect(await value('Name').inputValue()).toBe('public-sigstore-mine')
    await button('Cancel').click()
    await button('Edit broken').click()
    expect(await headline()).toBe('Change broken')
  })

  test('has no axe findings in any theme, and is no wider than its place', async () => {
    const found: string[] = []
    for (const [theme, size] of [
      ['light', { width: 1280, height: 800 }],
      ['dark', { width: 900, height: 600 }],
      ['projector', { width: 900, height: 600 }],
      ['light', { width: 640, height: 400 }],
    ] as const) {
      for (const press of [null, 'Make a profile of your own', /^Edit The Sigstore/] as const) {
        await browsed.show(`services-page=1&theme=${theme}`, size)
        if (press !== null) await button(press).click()
        found.push(...(await violations()).map((violation) => `${theme} ${press} ${violation}`))
        const by = await page.locator('.stage').evaluate((stage) => stage.scrollWidth - stage.clientWidth)
        if (by > 0) found.push(`${theme} ${size.width} ${press}: ${by} too wide`)
      }
    }
    expect(found).toEqual([])
  })

  test('never violates its policy, and never throws', () => {
    expect(browsed.complaints).toEqual([])
  })
})
