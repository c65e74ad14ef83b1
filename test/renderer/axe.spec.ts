import { actsOf } from '../../renderer/state/acts.ts'
import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { recorded } from './recorded.ts'

/** Stories with existing services. */
const serviceStates = [
  'profile=public',
  'profile=acme&beside=wrong-issuer',
  'run=told-public&until=step.waited/consent',
  'run=told-public&until=step.waited/sign',
  'run=told-public&act=consent',
  'run=told-acme&act=connect',
  'run=told-server&act=given-server',
  'run=told-server&until=step.waited/register',
  'run=told-agent&until=step.waited/given-agent',
  'run=told-agent&until=step.waited/register',
  'run=told-agent&act=given-agent',
  'run=told-agent&act=register',
]

// Every act of the window in every state, theme and size, under the window's own policy, in a real browser.
test.describe('every act in Chromium', () => {
  let browsed: GalleryPage
  let page: Page
  let show: GalleryPage['show']
  let violations: GalleryPage['violations']

  test.beforeEach(({ gallery: opened }) => {
    browsed = opened
    ;({ page, show, violations } = browsed)
  })

  const states = [
    'machine=preparing',
    'machine=failed',
    'machine=ready',
    `run=${scenarioIds.join(',')}&act=home`,
    'run=failed',
    'run=one-leaf&act=log-entry',
    'run=public&act=log-entry',
    'run=unknown-kind&act=log-entry',
    'run=public&act=sign',
    'run=public&act=map',
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
    'run=impostor&act=impersonate',
    'run=impostor&act=attest',
    'run=borrowed-signature&act=copy-signature',
    'run=borrowed-signature&act=attest',
    'run=wrong-issuer&until=step.waited/sign',
    'run=wrong-issuer&act=verify',
    'run=wrong-issuer&act=map',
    'run=borrowed-image&act=borrow',
    'run=borrowed-image&act=attest',
    'run=borrowed-image&act=identity',
    'beside=unsigned',
    'run=signed,borrowed-image&beside=borrowed-image',
    'run=signed,impostor&beside=impostor',
    'leftovers=1',
    'run=signed,tampered&machine=stopping',
    'run=signed&until=step.passed/build&paused=push',
    'run=tampered&redone=push&act=attest',
    'run=tampered&redone=push&act=certificate',
    'run=signed&redone=push&act=map',
    'run=signed,tampered&beside=tampered',
    'run=signed,wrong-signer&until=step.waited/sign&beside=wrong-signer',
    ...serviceStates,
  ]

  test('has no axe findings, in any state and theme', async () => {
    test.setTimeout(600_000)
    const found: string[] = []
    for (const state of states) {
      await show(state)
      found.push(...(await browsed.violationsInThemes()).map((violation) => `${state} ${violation}`))
    }
    expect(found).toEqual([])
  })

  test('has no axe findings at 900×600 and at 200 %, with the log open, and no page is wider than the window', async () => {
    for (const size of [
      { width: 900, height: 600 },
      { width: 640, height: 400 },
    ]) {
      for (const state of [
        'run=tampered&act=attest',
        'run=signed&act=log-entry',
        'run=signed&until=step.waited/sign',
        'run=signed,tampered&beside=tampered',
        'run=borrowed-image&act=attest',
        `run=${scenarioIds.join(',')}&act=home`,
        'machine=ready',
        ...serviceStates,
      ]) {
        await show(state, size)
        if (state.startsWith('run=') && !state.includes('beside') && !state.endsWith('home'))
          await page.getByRole('button', { name: /^Log/ }).last().click()
        expect(await violations()).toEqual([])
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(`${state} ${wide}`).toBe(`${state} 0`)
      }
    }
  })

  test('has no act that is wider than its place, at projector size in a small window and at 200 %', async () => {
    const wide: string[] = []
    for (const [theme, size] of [
      ['projector', { width: 900, height: 600 }],
      ['light', { width: 640, height: 400 }],
    ] as const) {
      for (const run of ['signed', 'tampered', 'wrong-signer']) {
        const acts = actsOf(recorded(run))
        await show(`run=${run}&act=${acts[0]?.id}&theme=${theme}`, size)
        const shown: (string | null)[] = []
        for (const { id } of acts) {
          if (shown.length > 0) await page.keyboard.press('PageDown')
          shown.push(await page.locator('[aria-current=step]').textContent())
          const by = await page.locator('.stage').evaluate((stage) => stage.scrollWidth - stage.clientWidth)
          if (by > 0) wide.push(`${theme}, ${run}, ${id}: ${by}`)
        }
        expect(new Set(shown).size).toBe(acts.length)
      }
    }
    expect(wide).toEqual([])
  })

  test('never violates its policy, and never throws', () => {
    expect(browsed.complaints).toEqual([])
  })
})
