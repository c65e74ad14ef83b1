import { dirname } from 'node:path'
import { engineAt, pushByHand, signByHand, startByHand } from '../by-hand.ts'
import { expect, test } from '../fixtures.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import { button, goHome, headline, headlineBecomes, logIn, step, stepBecomes, valueOf } from '../stage/window.ts'
import { fileBelow } from '../truth.ts'

/** The control of each denial: after the remedy that the page names, the same image gets its SVID. */
export function mendsEveryDenial(stage: () => Stage, look: Look): void {
  const open = async (title: string) => {
    await goHome(stage().page)
    await button(stage().page, new RegExp(`^Open ?${title}$`)).click()
  }
  const doAgain = async (act: string) => {
    await step(stage().page, act).click()
    await button(stage().page, 'Do this step again').click()
    await button(stage().page, 'Do this step alone').click()
  }
  /** The running image, by the seal of the attestation. */
  const runs = () => valueOf(stage().page, 'This container runs')
  const remedy = async () => {
    await step(stage().page, 'Identity').click()
    const words = await stage().page.getByRole('main').innerText()
    return words.slice(words.indexOf('What would fix it'))
  }

  /** What a person in a terminal beside the window needs to know, as the window shows it. */
  const facts = async () => {
    const { page } = stage()
    await step(page, 'Preflight').click()
    const engine = await engineAt(await valueOf(page, 'socket'))
    await step(page, 'Sandbox').click()
    const issuer = await valueOf(page, 'login')
    await step(page, 'Push').click()
    const [repository = ''] = (await valueOf(page, 'image by digest')).split('@')
    return { engine, issuer, repository, tag: await valueOf(page, 'tag') }
  }

  test.describe('a denial that is fixed', () => {
    test('of the intern’s signature: the engineer signs the same image, and what came after is done again', async () => {
      const { page } = stage()
      await open('Wrong signer')
      const before = await runs()
      expect(await remedy()).toContain('engineer@sandbox.example')
      await doAgain('Sign')
      await logIn(await stage().loginPage(), 'engineer')
      for (const later of ['Verify', 'Register', 'Attest']) await stepBecomes(page, later, 'stale')
      await step(page, 'Attest').click()
      expect(await headline(page)).toMatch(/^Out of date/)
      await look('stale')
      await step(page, 'Sign').click()
      await button(page, 'Run the rest').click()
      for (const later of ['Verify', 'Register', 'Attest']) await stepBecomes(page, later, 'passed')
      await step(page, 'Attest').click()
      await headlineBecomes(page, 'The workload gets its identity')
      expect(await runs()).toBe(before)
    })

    test('of the unsigned image: the engineer signs it after all', async () => {
      const { page } = stage()
      await open('Unsigned')
      const before = await runs()
      expect(await remedy()).toContain('Sign the image')
      await step(page, 'Verify').click()
      expect(await button(page, /^Do this step/).count()).toBe(0)
      await step(page, 'Sign').click()
      await button(page, 'Do this step after all').click()
      await button(page, '…and everything after it').click()
      await logIn(await stage().loginPage(), 'engineer')
      for (const later of ['Verify', 'Register', 'Attest']) await stepBecomes(page, later, 'passed')
      await step(page, 'Attest').click()
      await headlineBecomes(page, 'The workload gets its identity')
      expect(await runs()).toBe(before)
      await look('mended')
    })

    for (const [title, words] of [
      ['Tampered', 'Sign the image'],
      ['Borrowed signature', 'Sign the image'],
      ['Wrong issuer', 'Have this image signed'],
    ] as const) {
      test(`of the image ${title}: the engineer signs with cosign, beside the window, the very bytes that run`, async () => {
        const { page, where } = stage()
        await open(title)
        const before = await runs()
        expect(await remedy()).toContain(words)
        const { repository, issuer } = await facts()
        await signByHand(where, `${repository}@${before}`, 'engineer', issuer)
        await doAgain('Attest')
        await headlineBecomes(page, 'The workload gets its identity')
        expect(await runs()).toBe(before)
      })
    }

    test('of the impostor: it is pushed, and signed by its digest', async () => {
      const { page, where } = stage()
      await open('Impostor')
      expect(await remedy()).toContain('Push the image')
      const { repository, issuer, engine, tag } = await facts()
      const digest = await pushByHand(engine, repository, tag)
      await signByHand(where, `${repository}@${digest}`, 'engineer', issuer)
      await doAgain('Attest')
      await headlineBecomes(page, 'The workload gets its identity')
      expect(await runs()).toBe(digest)
    })

    test('of the borrowed image: it is started unchanged', async () => {
      const { where } = stage()
      await open('Borrowed image')
      const image = await runs()
      expect(await remedy()).toContain('Start the image as it is')
      const { repository, engine } = await facts()
      const agentFolder = dirname(fileBelow(where.runtime, 'api.sock', 'agent'))
      expect(await startByHand(engine, `${repository}@${image}`, agentFolder)).toMatchObject({
        outcome: 'svid',
        spiffeId: 'spiffe://demo.test/hello',
      })
    })
  })
}

/** The story one step at a time, with the other ways to view runs, and back to the beginning. */
export function goesStepByStep(stage: () => Stage, look: Look): void {
  test.describe('a run at a person’s pace', () => {
    test('waits before each step until the next press, and can be cancelled there', async () => {
      const { page } = stage()
      await goHome(page)
      await button(page, 'Step by step').click()
      await button(page, /^Next: build the image/).click({ timeout: 60_000 })
      await button(page, /^Next: push the image/).waitFor({ timeout: 60_000 })
      await stepBecomes(page, 'Build', 'passed')
      await stepBecomes(page, 'Push', 'not started')
      await look('paused')
      await button(page, 'Cancel the run').click()
      await stepBecomes(page, 'Push', '(?:not started|cancelled)')
    })

    test('is shown beside an attack, place by place', async () => {
      const { page } = stage()
      await goHome(page)
      await button(page, /^Side by side with the good story ?: Tampered$/).click()
      expect(await page.getByRole('contentinfo').innerText()).toContain('Side by side')
      await look('side-by-side')
    })

    test('is dropped by a reset, and what it started is stopped', async () => {
      const { page } = stage()
      await goHome(page)
      await button(page, 'Reset').click()
      await look('reset')
      await button(page, 'Reset now').click()
      await button(page, /^Run the story$/).waitFor({ timeout: 60_000 })
      expect(await button(page, /^Open ?Signed$/).count()).toBe(0)
    })
  })
}
