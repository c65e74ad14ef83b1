import { type PersonaId, type ScenarioId, scenarioIds } from '../../../src/core/workflow/scenarios.ts'
import { expect, test } from '../fixtures.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import { button, headline, headlineBecomes, logIn, step, valueOf } from '../stage/window.ts'
import {
  bundleFacts,
  cosignVerify,
  fileDigest,
  isSigned,
  runFolder,
  servedDigest,
  servedFile,
  servedImageId,
  signedBeside,
} from '../truth.ts'

interface Denied {
  readonly scenario: Exclude<ScenarioId, 'signed'>
  /** The primary button's label when it is this one's turn. */
  readonly begin: string
  /** Who logs in, and where. */
  readonly signs: { readonly who: PersonaId; readonly at: 'the issuer' | 'the button' } | null
  /** The failed gate, as the page names it, and how. */
  readonly gate: 'Registry' | 'Signature' | 'Launch' | 'Entry'
  readonly verdict: 'failed' | 'not present'
  /** What to take a picture of. */
  readonly acts: readonly string[]
}

const denials: readonly Denied[] = [
  {
    scenario: 'unsigned',
    begin: 'Now leave the image unsigned',
    signs: null,
    gate: 'Signature',
    verdict: 'not present',
    acts: ['Trust map', 'Sign', 'Attest', 'Identity'],
  },
  {
    scenario: 'impostor',
    begin: 'Now let an impostor run',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Registry',
    verdict: 'not present',
    acts: ['Trust map', 'Impostor', 'Attest', 'Identity'],
  },
  {
    scenario: 'tampered',
    begin: 'Now tamper with the image',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Signature',
    verdict: 'not present',
    acts: ['Trust map', 'Tamper', 'Attest', 'Identity'],
  },
  {
    scenario: 'borrowed-signature',
    begin: 'Now copy the signature too',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Signature',
    verdict: 'failed',
    acts: ['Trust map', 'Copy signature', 'Attest', 'Identity'],
  },
  {
    scenario: 'wrong-signer',
    begin: 'Now let the intern sign',
    signs: { who: 'intern', at: 'the issuer' },
    gate: 'Entry',
    verdict: 'failed',
    acts: ['Trust map', 'Verify', 'Attest', 'Identity'],
  },
  {
    scenario: 'wrong-issuer',
    begin: 'Now ask another issuer',
    signs: { who: 'engineer', at: 'the issuer' },
    gate: 'Entry',
    verdict: 'failed',
    acts: ['Trust map', 'Certificate', 'Verify', 'Attest', 'Identity'],
  },
  {
    scenario: 'other-image',
    begin: 'Now run another signed image',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Entry',
    verdict: 'failed',
    acts: ['Trust map', 'Push', 'Attest', 'Identity'],
  },
  {
    scenario: 'borrowed-image',
    begin: 'Now start another program',
    signs: { who: 'engineer', at: 'the button' },
    gate: 'Launch',
    verdict: 'failed',
    acts: ['Trust map', 'Other program', 'Attest', 'Identity'],
  },
]

const engineer = 'engineer@sandbox.example'

interface Signed {
  readonly repository: string
  /** The digest that was signed. */
  readonly pushed: string
}

/** What was changed in each, compared with the registry, the bundle, cosign and the files themselves. */
const proofs: Readonly<Partial<Record<ScenarioId, (stage: Stage, signed: Signed) => Promise<void>>>> = {
  impostor: async ({ page }, { repository, pushed }) => {
    const tag = await valueOf(page, 'tag')
    await step(page, 'Impostor').click()
    const [meant, means] = [await valueOf(page, 'The name meant'), await valueOf(page, 'Here it means')]
    expect(means).not.toBe(meant)
    expect(await servedDigest(repository, tag)).toBe(pushed)
    expect(await servedImageId(repository, tag)).toBe(meant)
    expect(await isSigned(repository, means)).toBe(false)
  },
  tampered: async ({ page }, { repository, pushed }) => {
    await step(page, 'Tamper').click()
    const runs = await valueOf(page, 'It points at')
    expect(runs).not.toBe(pushed)
    expect(await isSigned(repository, runs)).toBe(false)
  },
  'borrowed-signature': async ({ page, where }, { repository, pushed }) => {
    await step(page, 'Copy signature').click()
    const beside = await valueOf(page, 'It lies beside')
    expect(beside).not.toBe(pushed)
    expect(await signedBeside(repository, beside)).toEqual([pushed])
    await step(page, 'Sandbox').click()
    const issuer = await valueOf(page, 'login')
    expect(await cosignVerify(where, `${repository}@${pushed}`, engineer, issuer)).toBe(0)
    expect(await cosignVerify(where, `${repository}@${beside}`, engineer, issuer)).not.toBe(0)
  },
  'wrong-issuer': async ({ page, where }, { repository, pushed }) => {
    await step(page, 'Sandbox').click()
    const [issuer, other] = [await valueOf(page, 'login'), await valueOf(page, 'another login')]
    expect(other).not.toBe(issuer)
    expect(new Set(bundleFacts(runFolder(where, 'wrong-issuer')).addresses)).toEqual(new Set([other]))
    await step(page, 'Certificate').click()
    expect(await valueOf(page, 'issuer')).toBe(other)
    expect(await cosignVerify(where, `${repository}@${pushed}`, engineer, other)).toBe(0)
    expect(await cosignVerify(where, `${repository}@${pushed}`, engineer, issuer)).not.toBe(0)
  },
  'other-image': async ({ page, where }, { repository, pushed }) => {
    await step(page, 'Sandbox').click()
    const issuer = await valueOf(page, 'login')
    expect(repository).toMatch(/-other$/)
    expect(await cosignVerify(where, `${repository}@${pushed}`, engineer, issuer)).toBe(0)
    expect(await isSigned(repository.replace(/-other$/, ''), pushed)).toBe(false)
  },
  'borrowed-image': async ({ page }, { repository, pushed }) => {
    await step(page, 'Attest').click()
    expect(await valueOf(page, 'This container runs')).toBe(pushed)
    await step(page, 'Other program').click()
    const [built, other] = [await valueOf(page, 'In the signed image'), await valueOf(page, 'Mounted over it')]
    expect(other).not.toBe(built)
    expect(await servedFile(repository, pushed, await valueOf(page, 'place in the container'))).toBe(built)
    expect(fileDigest(await valueOf(page, 'file'))).toBe(other)
  },
}

/** Every attack, each started by the one primary button where the run before it ended. Needs the signed run. */
export function tellsEveryDenial(stage: () => Stage, look: Look): void {
  for (const { scenario, begin, signs, gate, verdict, acts } of denials)
    test.describe(`the scenario ${scenario}`, () => {
      test('begins where the last one ended, by its own button', async () => {
        const { page } = stage()
        await step(page, 'Identity').click()
        await button(page, begin).click()
        if (signs?.at === 'the button')
          await button(page, `Log in as the ${signs.who}`).last().click({ timeout: 60_000 })
        if (signs?.at === 'the issuer') await logIn(await stage().loginPage(), signs.who)
        await headlineBecomes(page, 'No identity for this container')
      })

      test('is cut at its gate, which says what it expected and found', async () => {
        const { page } = stage()
        const gates = page.getByRole('list', { name: 'Gates of the attestation' })
        const fell = gates.getByRole('listitem').filter({ has: page.getByRole('button', { name: gate, exact: true }) })
        const words = await fell.innerText()
        for (const word of ['expected', 'found', 'fix']) expect(words).toContain(word)
        expect(await gates.getByText(/^(?:failed|not present)$/).count()).toBe(1)
        expect(await fell.getByText(verdict, { exact: true }).count()).toBe(1)
        const result = await page.getByRole('region', { name: 'Result' }).innerText()
        expect(result).toContain('No X.509-SVID')
        expect(result).toContain('PermissionDenied: no identity issued')
        await step(page, 'Identity').click()
        expect(await page.getByRole('main').innerText()).toContain('What would fix it')
      })

      test('cuts the thread once, at the same place in every picture of it', async () => {
        const { page } = stage()
        const cut = page.getByRole('complementary', { name: 'The thread' }).getByRole('button', { name: /cut here/ })
        expect(await cut.allInnerTexts()).toEqual([expect.stringContaining(gate)])
        await step(page, 'Trust map').click()
        expect(await headline(page)).toBe('The thread is cut, and you can see where')
        const parties = page.getByRole('list', { name: 'Parties' })
        expect(await parties.getByRole('button', { name: / cut$/ }).count()).toBe(1)
        expect(
          await page
            .getByRole('navigation')
            .getByRole('button', { name: /, refused/ })
            .allInnerTexts(),
        ).not.toEqual([])
      })

      test('is true: the registry and the bundle confirm it', async () => {
        const { page, where } = stage()
        await step(page, 'Push').click()
        const [repository = '', pushed = ''] = (await valueOf(page, 'image by digest')).split('@')
        const folder = runFolder(where, scenario)
        if (scenario === 'unsigned') return expect(await isSigned(repository, pushed)).toBe(false)
        expect(await isSigned(repository, pushed)).toBe(true)
        expect(bundleFacts(folder)).toMatchObject({ subject: pushed, signer: `${signs?.who}@sandbox.example` })
        await proofs[scenario]?.(stage(), { repository, pushed })
      })

      test('is the same page as a success, with empty places', async () => {
        const { page } = stage()
        for (const act of acts) {
          await step(page, act).click()
          await look(`${scenario}-${act.toLowerCase().replaceAll(' ', '-')}`)
        }
      })
    })

  test('all scenarios ended as they must, and can be compared', async () => {
    const { page } = stage()
    await step(page, 'Identity').click()
    await button(page, 'Compare the outcomes').click()
    const rows = page.getByRole('row')
    expect(await rows.filter({ hasText: /(?<!not )as expected/ }).count()).toBe(scenarioIds.length)
    expect(await rows.filter({ hasText: 'not as expected' }).count()).toBe(0)
    await look('all-scenarios')
  })
}
