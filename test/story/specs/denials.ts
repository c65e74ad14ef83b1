import { describe, expect, it } from 'vitest'
import type { PersonaId, ScenarioId } from '../../../src/core/workflow/scenarios.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import { button, headline, headlineBecomes, logIn, step, valueOf } from '../stage/window.ts'
import { bundleFacts, isSigned, runFolder } from '../truth.ts'

interface Denied {
  readonly scenario: Exclude<ScenarioId, 'signed'>
  /** What the primary button says when it is this one's turn. */
  readonly begin: string
  /** Who logs in, and where. */
  readonly signs: { readonly who: PersonaId; readonly at: 'the issuer' | 'the button' } | null
  /** The gate that falls, as the page names it, and the places of the thread that are cut. */
  readonly gate: 'Signature' | 'Entry'
  readonly acts: readonly string[]
}

const denials: readonly Denied[] = [
  {
    scenario: 'unsigned',
    begin: 'Now leave the image unsigned',
    signs: null,
    gate: 'Signature',
    acts: ['Trust map', 'Sign', 'Attest', 'Identity'],
  },
  {
    scenario: 'tampered',
    begin: 'Now tamper with the image',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Signature',
    acts: ['Trust map', 'Tamper', 'Attest', 'Identity'],
  },
  {
    scenario: 'wrong-signer',
    begin: 'Now let the intern sign',
    signs: { who: 'intern', at: 'the issuer' },
    gate: 'Entry',
    acts: ['Trust map', 'Verify', 'Attest', 'Identity'],
  },
]

/** Every attack, each begun by the one primary button where the run before it ended. Needs the signed run. */
export function tellsEveryDenial(stage: () => Stage, look: Look): void {
  describe.each(denials)('the scenario $scenario', ({ scenario, begin, signs, gate, acts }) => {
    it('begins where the last one ended, by its own button', async () => {
      const { page } = stage()
      await step(page, 'Identity').click()
      await button(page, begin).click()
      if (signs?.at === 'the button') await button(page, `Log in as the ${signs.who}`).last().click({ timeout: 60_000 })
      if (signs?.at === 'the issuer') await logIn(await stage().loginPage(), signs.who)
      await headlineBecomes(page, 'No identity for this container')
    })

    it('is cut at its gate, which says what it expected and found', async () => {
      const { page } = stage()
      const gates = page.getByRole('list', { name: 'Gates of the attestation' })
      const fell = gates.getByRole('listitem').filter({ has: page.getByRole('button', { name: gate, exact: true }) })
      const words = await fell.innerText()
      for (const word of ['expected', 'found', 'mend']) expect(words).toContain(word)
      expect(await gates.getByText(/^(?:failed|not present)$/).count()).toBe(1)
      expect(await fell.getByText(gate === 'Entry' ? 'failed' : 'not present', { exact: true }).count()).toBe(1)
      const result = await page.getByRole('region', { name: 'Result' }).innerText()
      expect(result).toContain('No X.509-SVID')
      expect(result).toContain('PermissionDenied: no identity issued')
      await step(page, 'Identity').click()
      expect(await page.getByRole('main').innerText()).toContain('What would mend it')
    })

    it('cuts the thread once, at the same place in every picture of it', async () => {
      const { page } = stage()
      const cut = page.getByRole('complementary', { name: 'The thread' }).getByRole('button', { name: /cut here/ })
      expect(await cut.allInnerTexts()).toEqual([expect.stringContaining(gate)])
      await step(page, 'Trust map').click()
      expect(await headline(page)).toBe('The thread is cut, and everybody can see where')
      const parties = page.getByRole('list', { name: 'Parties' })
      expect(await parties.getByRole('button', { name: / cut$/ }).count()).toBe(1)
      expect(
        await page
          .getByRole('navigation')
          .getByRole('button', { name: /, refused/ })
          .allInnerTexts(),
      ).not.toEqual([])
    })

    it('is true: the registry and the bundle say so themselves', async () => {
      const { page, where } = stage()
      await step(page, 'Push').click()
      const [repository = '', pushed = ''] = (await valueOf(page, 'image by digest')).split('@')
      const folder = runFolder(where, scenario)
      if (scenario === 'unsigned') return expect(await isSigned(repository, pushed)).toBe(false)
      expect(await isSigned(repository, pushed)).toBe(true)
      expect(bundleFacts(folder)).toMatchObject({ subject: pushed, signer: `${signs?.who}@sandbox.example` })
      if (scenario !== 'tampered') return
      await step(page, 'Tamper').click()
      const runs = await valueOf(page, 'It points at')
      expect(runs).not.toBe(pushed)
      expect(await isSigned(repository, runs)).toBe(false)
    })

    it('is the same page as a success, with empty places', async () => {
      const { page } = stage()
      for (const act of acts) {
        await step(page, act).click()
        await look(`${scenario}-${act.toLowerCase().replaceAll(' ', '-')}`)
      }
    })
  })

  it('all scenarios ended as they must, and can be compared', async () => {
    const { page } = stage()
    await step(page, 'Identity').click()
    await button(page, 'Compare the outcomes').click()
    const rows = page.getByRole('row')
    expect(await rows.filter({ hasText: /(?<!not )as expected/ }).count()).toBe(4)
    expect(await rows.filter({ hasText: 'not as expected' }).count()).toBe(0)
    await look('all-told')
  })
}
