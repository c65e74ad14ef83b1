import { actsOf } from '../../renderer/state/acts.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { recorded } from './recorded.ts'

// The recorded runs in the window's own pages, under the window's own policy, in a real browser.
test.describe('the window in Chromium', () => {
  let browsed: GalleryPage
  let page: Page
  let open: GalleryPage['open']
  let violations: GalleryPage['violations']
  let asks: GalleryPage['asks']

  test.beforeEach(({ gallery: opened }) => {
    browsed = opened
    ;({ page, open, violations, asks } = browsed)
  })

  test('lists the steps, each with its state in its name, and marks the one in view', async () => {
    await open('run=tampered&act=verify')
    const steps = page.getByRole('navigation', { name: 'Steps' }).getByRole('listitem')
    expect(await steps.allInnerTexts()).toHaveLength(actsOf(recorded('tampered')).length)
    await expect
      .poll(() => page.getByRole('button', { name: /^Verify ?, passed/ }).getAttribute('aria-current'))
      .toBe('step')
    expect(await page.getByRole('button', { name: /^Attest ?, refused/ }).count()).toBe(1)
    expect(await page.getByRole('main').getByRole('status').innerText()).toContain('Every proof holds')
  })

  test('leaves skipped steps in their place, as skipped', async () => {
    await open('run=unsigned&act=attest')
    expect(await page.getByRole('button', { name: /^Sign ?, skipped/ }).count()).toBe(1)
    expect(await page.getByRole('button', { name: /^Preflight ?, reused/ }).count()).toBe(1)
  })

  test('can be used by keyboard alone: pages turn, focus is visible, and nothing starts on the way', async () => {
    await open('run=signed&act=map')
    const count = actsOf(recorded('signed')).length
    for (let at = 1; at < count; at += 1) await page.keyboard.press('PageDown')
    await page.keyboard.press('PageDown')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('This workload is spiffe://demo.test/hello')
    expect(await asks()).toEqual([])
    const reached = new Set<string>()
    for (let at = 0; at < 90; at += 1) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        if (element === null || element === document.body) return 'outside'
        return `${getComputedStyle(element).outlineStyle} ${element.textContent?.trim().slice(0, 40)}`
      })
      reached.add(focused)
      if (focused.endsWith('Now leave the image unsigned')) break
    }
    expect([...reached].filter((text) => text.startsWith('none'))).toEqual([])
    expect([...reached].some((text) => text.endsWith('Now leave the image unsigned'))).toBe(true)
    await page.keyboard.press('Enter')
    expect(await asks()).toEqual([['start', 'unsigned']])
  })

  test('shows every gate from the moment the attestation begins, and each result as it is decided', async () => {
    await open('run=signed&until=step.started/attest&act=attest')
    const gates = page.getByRole('list', { name: 'Gates of the attestation' }).getByRole('listitem')
    const passed = async () => (await gates.allInnerTexts()).filter((text) => text.endsWith('passed')).length
    expect([await gates.count(), await passed()]).toEqual([7, 0])
    await open('run=signed&until=step.gate-decided/attest&act=attest')
    expect([await gates.count(), await passed()]).toEqual([7, 1])
    expect(await page.getByRole('region', { name: 'Result' }).innerText()).toBe('No X.509-SVID yet')
  })

  test('shows where a proof breaks when a bit is flipped, and that it was only a demonstration', async () => {
    await open('run=signed&act=log-entry')
    const proof = page.getByRole('group', { name: 'Turn one bit over' })
    const result = page.locator('.inclusion .roots')
    for (const [place, broken] of [
      ['the entry', 4],
      ['a given hash', 3],
      ['the root', 0],
    ] as const) {
      await proof.getByRole('button', { name: place }).click()
      expect(await result.innerText()).toContain('not equal')
      expect([place, await page.locator('.inclusion .tree-ours.tree-broken').count()]).toEqual([place, broken])
      expect(await violations()).toEqual([])
      await proof.getByRole('button', { name: place }).click()
      expect(await result.innerText()).toContain('equal: the entry is in the log')
    }
  })

  test('shows an entry of the public Rekor v1 with shard, UUID, signed timestamp and page, and all of its tall tree', async () => {
    await open('run=public&act=log-entry')
    const entry = page.getByRole('region', { name: 'The entry' })
    const text = await entry.innerText()
    for (const shown of [
      '155690850',
      '33786588',
      'begins at entry 121904262 of the log',
      '1193050959916656506',
      '108e9186e8c5677a875d33538d49eb9bc3224c4868c25d06f78f566730771c4437f50962530906ae',
      '2024-12-16T18:42:56Z',
      'https://search.sigstore.dev/?logIndex=155690850',
    ])
      expect(text).toContain(shown)
    await entry.getByRole('button', { name: 'copy public search page' }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'https://search.sigstore.dev/?logIndex=155690850',
    )
    const cut = await page.evaluate(() => {
      const room = document.querySelector('.tree')?.getBoundingClientRect()
      return [...document.querySelectorAll('.tree text')].filter((words) => {
        const { left, right } = words.getBoundingClientRect()
        return room === undefined || left < room.left || right > room.right
      }).length
    })
    expect(cut).toBe(0)
  })

  test('shows the time of Rekor v1 by its own clock, and a workflow as signer in a word', async () => {
    await open('run=public&act=map')
    const parties = await page.getByRole('list', { name: 'Parties' }).innerText()
    expect(parties).toContain('Rekor’s clock')
    expect(parties).toContain('18:42:56')
    expect(parties).not.toContain('https://')
    expect(await page.locator('.map-station[data-state="open"]').count()).toBe(0)
    await open('run=public&act=sign')
    const relay = await page.getByRole('list', { name: 'Who wrote it down' }).innerText()
    expect(relay).toContain('extremel…acon.yml')
    expect(relay).toContain('18:42:56 UTC')
  })

  test('shows an entry of an unknown kind unchanged, and checks nothing of it', async () => {
    await open('run=unknown-kind&act=log-entry')
    const entry = page.getByRole('region', { name: 'The entry' })
    expect(await entry.locator('.log-body').innerText()).toContain('"kind": "alpine"')
    const checks = await page.getByRole('list', { name: 'Cross-checks of the log entry' }).innerText()
    expect(checks.match(/kind alpine 0\.0\.1 is not known here/g)).toHaveLength(3)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('The log is not proved to hold this entry')
  })

  test('expands every extension of the certificate, with its value', async () => {
    await open('run=signed&act=certificate')
    for (const title of [/^Standard fields/, /^Standard extensions/, /^Old copies/])
      await page.locator('summary').filter({ hasText: title }).click()
    expect(await page.getByRole('rowheader').allInnerTexts()).toHaveLength(7)
    expect(await violations()).toEqual([])
    await page.setViewportSize({ width: 640, height: 400 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  })

  test('opens a login by keyboard, as the scenario’s person', async () => {
    await open('run=wrong-signer&until=step.waited/sign')
    await page.getByRole('button', { name: 'Log in as the intern' }).last().focus()
    await page.keyboard.press('Enter')
    expect(await asks()).toMatchObject([['answerLogin', recorded('wrong-signer').runId, 'intern', 'allow']])
  })

  test('shows a tool’s output as text, even if it looks like a page', async () => {
    await open('run=failed')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('cosign could not sign the image')
    expect(await page.locator('.error b, .error script').count()).toBe(0)
    expect(await page.locator('.error').innerText()).toContain('<b>no</b> ⟨U+202E⟩identity^G token')
  })

  test('never violates its policy, and never throws', () => {
    expect(browsed.complaints).toEqual([])
  })
})
