import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { actsOf } from '../../renderer/state/acts.ts'
import { serveGallery } from './gallery/serve.ts'
import { recorded } from './recorded.ts'

const executablePath = inject('chromium')

// The recorded runs in the window's own pages, under the window's own policy, in a real browser.
describe.skipIf(executablePath === null)('the window in Chromium', () => {
  let browser: Browser
  let page: Page
  let gallery: Awaited<ReturnType<typeof serveGallery>>
  const complaints: string[] = []

  beforeAll(async () => {
    gallery = await serveGallery()
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    browser = await chromium.launch({ ...(executablePath === null ? {} : { executablePath }), args: asRoot })
    const context = await browser.newContext({ reducedMotion: 'reduce' })
    page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
        complaints.push(message.text())
    })
  })
  afterAll(async () => {
    await browser?.close()
    await gallery?.close()
  })

  const open = async (query: string, size = { width: 1280, height: 800 }): Promise<void> => {
    await page.setViewportSize(size)
    await page.goto(`${gallery.url}?${query}`)
    await page.waitForSelector('h1')
  }
  const violations = async (): Promise<string[]> => {
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
  }
  const asks = async (): Promise<unknown> => JSON.parse((await page.locator('html').getAttribute('data-asks')) ?? '[]')

  const states = [
    'machine=preparing',
    'machine=failed',
    'machine=ready',
    'run=signed,unsigned,tampered,wrong-signer&act=home',
    'run=failed',
    'run=one-leaf&act=log-entry',
    'run=signed&until=step.gate-decided/attest&act=attest',
    'run=signed&until=step.passed/sign&act=certificate',
    'run=signed&until=step.started/build',
    'run=signed&until=step.waited/sign',
    ...actsOf(recorded('signed')).map(({ id }) => `run=signed&act=${id}`),
    'run=tampered&act=map',
    'run=signed&act=map&until=step.passed/push',
    'run=tampered&act=tamper',
    'run=tampered&act=attest',
    'run=tampered&act=identity',
    'run=unsigned&act=sign',
    'run=unsigned&act=attest',
    'run=wrong-signer&act=verify',
    'run=wrong-signer&act=attest',
    'beside=unsigned',
    'run=signed,tampered&beside=tampered',
    'run=signed,wrong-signer&until=step.waited/sign&beside=wrong-signer',
  ]

  it.each(['light', 'dark', 'projector'])('has nothing for axe to find, on any act in any state: %s', async (theme) => {
    const found: string[] = []
    for (const state of states) {
      await open(`${state}&theme=${theme}`)
      found.push(...(await violations()).map((violation) => `${state} ${violation}`))
    }
    expect(found).toEqual([])
  })

  it('has nothing for axe to find at 900×600 and at 200 %, with the log open, and no page is wider than the window', async () => {
    for (const size of [
      { width: 900, height: 600 },
      { width: 640, height: 400 },
    ]) {
      for (const state of [
        'run=tampered&act=attest',
        'run=signed&act=log-entry',
        'run=signed&until=step.waited/sign',
        'run=signed,tampered&beside=tampered',
        'machine=ready',
      ]) {
        await open(state, size)
        if (!state.startsWith('machine') && !state.includes('beside'))
          await page.getByRole('button', { name: /^Log/ }).last().click()
        expect(await violations()).toEqual([])
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(`${state} ${wide}`).toBe(`${state} 0`)
      }
    }
  })

  it('never breaks its policy, and never throws', () => {
    expect(complaints).toEqual([])
  })

  it('tells the steps as a list, each with its state in its name, and marks the one in view', async () => {
    await open('run=tampered&act=verify')
    const steps = page.getByRole('navigation', { name: 'Steps' }).getByRole('button')
    expect(await steps.allInnerTexts()).toHaveLength(actsOf(recorded('tampered')).length)
    await expect
      .poll(() => page.getByRole('button', { name: /^Verify ?, passed/ }).getAttribute('aria-current'))
      .toBe('step')
    expect(await page.getByRole('button', { name: /^Attest ?, refused/ }).count()).toBe(1)
    expect(await page.getByRole('status').innerText()).toContain('Every proof holds')
  })

  it('leaves the steps that a scenario skips in their place, as skipped', async () => {
    await open('run=unsigned&act=attest')
    expect(await page.getByRole('button', { name: /^Sign ?, skipped/ }).count()).toBe(1)
    expect(await page.getByRole('button', { name: /^Preflight ?, reused/ }).count()).toBe(1)
  })

  it('can be walked by keyboard alone: pages turn, focus is seen, and nothing starts on the way', async () => {
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

  it('shows every gate from the moment the attestation begins, and each as it is decided', async () => {
    await open('run=signed&until=step.started/attest&act=attest')
    const gates = page.getByRole('list', { name: 'Gates of the attestation' }).getByRole('listitem')
    const passed = async () => (await gates.allInnerTexts()).filter((text) => text.endsWith('passed')).length
    expect([await gates.count(), await passed()]).toEqual([7, 0])
    await open('run=signed&until=step.gate-decided/attest&act=attest')
    expect([await gates.count(), await passed()]).toEqual([7, 1])
    expect(await page.getByRole('region', { name: 'Result' }).innerText()).toBe('No X.509-SVID yet')
  })

  it('shows where a proof breaks when a bit of it is turned over, and that it was only a picture', async () => {
    await open('run=signed&act=log-entry')
    const proof = page.getByRole('group', { name: 'Turn one bit over' })
    const result = page.locator('.inclusion .roots')
    for (const [place, broken] of [
      ['the entry', 3],
      ['a given hash', 2],
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

  it('unfolds every extension of the certificate, with what it says', async () => {
    await open('run=signed&act=certificate')
    for (const title of [/^Standard fields/, /^Standard extensions/, /^Old copies/])
      await page.locator('summary').filter({ hasText: title }).click()
    expect(await page.getByRole('rowheader').allInnerTexts()).toHaveLength(7)
    expect(await violations()).toEqual([])
    await page.setViewportSize({ width: 640, height: 400 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  })

  it('asks for a login by keyboard, as the person of the scenario', async () => {
    await open('run=wrong-signer&until=step.waited/sign')
    await page.getByRole('button', { name: 'Log in as the intern' }).last().focus()
    await page.keyboard.press('Enter')
    expect(await asks()).toMatchObject([['answerLogin', recorded('wrong-signer').runId, 'intern', 'allow']])
  })

  it('lights a value up wherever it occurs, says where, and lets it go on Escape', async () => {
    await open('run=tampered&act=attest')
    await page.getByRole('button', { name: /^This container runs:/ }).click()
    const lit = page.locator('[data-lit="true"]')
    expect(new Set(await lit.allInnerTexts()).size).toBeGreaterThan(1)
    expect(await page.locator('.tie [data-lit="true"]').count()).toBe(1)
    expect(await page.locator('.check mark').count()).toBeGreaterThan(0)
    await expect.poll(() => page.locator('.lit-bar').innerText()).toContain(`in ${await lit.count()} places`)
    await page.getByRole('button', { name: /^Certificate/ }).click()
    await expect.poll(() => page.locator('.lit-bar').innerText()).toContain(`in ${await lit.count()} place`)
    await page.keyboard.press('Escape')
    expect(await lit.count()).toBe(0)
    expect(await page.locator('.lit-bar').count()).toBe(0)
  })

  it('starts both stories side by side with one press, and answers the login of each', async () => {
    await open('beside=wrong-signer')
    await page.getByRole('button', { name: 'Run both, side by side' }).click()
    expect(await asks()).toEqual([
      ['start', 'signed'],
      ['start', 'wrong-signer'],
    ])
    await open('run=signed,wrong-signer&until=step.waited/sign&beside=wrong-signer')
    await page.getByRole('button', { name: 'Log in as the engineer' }).first().click()
    await page.getByRole('button', { name: 'Log in as the intern' }).last().click()
    await page.getByRole('button', { name: 'Cancel both' }).click()
    const [one, other] = [recorded('signed').runId, recorded('wrong-signer').runId]
    expect(await asks()).toEqual([
      ['answerLogin', one, 'engineer', 'allow'],
      ['answerLogin', other, 'intern', 'allow'],
      ['cancel', one],
      ['cancel', other],
    ])
  })

  it('shows where two stories part whole, without scrolling, and folds one above the other where it is narrow', async () => {
    await open('run=signed,tampered&beside=tampered')
    const parting = page.locator('.side-row[data-kind="parts"]')
    const box = async (of: string) => (await parting.locator(of).boundingBox()) ?? { x: Number.NaN, y: Number.NaN }
    const [stage, row] = [await page.locator('.stage').boundingBox(), await parting.boundingBox()]
    expect((row?.y ?? 9e9) + (row?.height ?? 0)).toBeLessThan((stage?.y ?? 0) + (stage?.height ?? 0))
    expect((await box('td >> nth=0')).y).toBe((await box('td >> nth=1')).y)
    await page.setViewportSize({ width: 900, height: 600 })
    expect((await box('td >> nth=0')).x).toBe((await box('td >> nth=1')).x)
    expect((await box('td >> nth=0')).y).toBeLessThan((await box('td >> nth=1')).y)
  })

  it('scrolls the rail alone to the act in view, at 200 % too', async () => {
    await open('run=tampered&act=identity', { width: 640, height: 400 })
    const seen = async () =>
      page.locator('.rail-row[data-current="true"]').evaluate((row) => {
        const [inner, outer] = [row.getBoundingClientRect(), row.closest('.rail')?.getBoundingClientRect()]
        return outer !== undefined && inner.left >= outer.left && inner.right <= outer.right
      })
    await expect.poll(seen).toBe(true)
    await page.keyboard.press('PageUp')
    await expect.poll(seen).toBe(true)
    expect(await page.evaluate(() => scrollY)).toBe(0)
  })

  it('shows the empty socket of a refusal whole, without scrolling', async () => {
    await open('run=tampered&act=attest')
    const cut = await page.evaluate(() => {
      const bottom = (of: string) => document.querySelector(of)?.getBoundingClientRect().bottom ?? Number.NaN
      return bottom('.svid') - bottom('.stage')
    })
    expect(cut).toBeLessThan(0)
  })

  it('shows what a tool said as text, also where it looks like a page', async () => {
    await open('run=failed')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('cosign could not sign the image')
    expect(await page.locator('.error b, .error script').count()).toBe(0)
    expect(await page.locator('.error').innerText()).toContain('<b>no</b> ⟨U+202E⟩identity^G token')
  })
})
