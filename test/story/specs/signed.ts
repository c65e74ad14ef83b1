import { expect, test } from '../fixtures.ts'
import type { Look } from '../stage/look.ts'
import type { Stage } from '../stage/stage.ts'
import {
  button,
  footer,
  headline,
  headlineBecomes,
  pressByKeyboard,
  step,
  stepBecomes,
  tabTo,
  valueOf,
} from '../stage/window.ts'
import { bundleFacts, cosignVerify, runFolder, servedDigest, spireEntries } from '../truth.ts'

/** The acts of the signed run in order, by the name in the rail and the headline of the page. */
const acts = [
  ['Trust map', 'Every party checked the one before'],
  ['Preflight', 'This machine is ready'],
  ['Sandbox', 'A whole Sigstore runs on this machine'],
  ['Build', 'A new image was built'],
  ['Push', 'The digest is the image’s permanent name'],
  ['Sign', 'Signed, and anyone can verify it'],
  ['Certificate', 'Fulcio certifies engineer@sandbox.example'],
  ['Log entry', 'The log keeps the signature for ever'],
  ['Verify', 'Every proof holds'],
  ['SPIRE server', 'There is a CA for demo.test'],
  ['SPIRE agent', 'The agent answers workloads on this machine'],
  ['Register', 'The rule is in place before anyone asks'],
  ['Attest', 'The workload gets its identity'],
  ['Identity', 'This workload is spiffe://demo.test/hello'],
] as const

const fileName = (title: string): string => title.toLowerCase().replaceAll(' ', '-')

/** The signed story, from the first button to every value of its last page. Leaves the run open at its last page. */
export function tellsTheSignedStory(stage: () => Stage, look: Look): void {
  test.describe('the signed story', () => {
    test('begins with one button, once the programs are ready', async () => {
      const { page } = stage()
      await button(page, 'Run the story').waitFor({ timeout: 60_000 })
      expect(await headline(page)).toBe('No single party has to be trusted')
      await look('home')
    })

    test('is run by keyboard alone, and a reload in the middle loses nothing', async () => {
      const { page } = stage()
      await pressByKeyboard(page, button(page, 'Run the story'))
      await stepBecomes(page, 'Preflight', 'running')
      await page.reload()
      await stepBecomes(page, 'Preflight', 'passed')
      const login = await stage().loginPage()
      await stepBecomes(page, 'Sign', 'waiting for a person')
      expect(await headline(page)).toBe('Who signs?')
      await page.reload()
      await headlineBecomes(page, 'Who signs?')
      for (const done of ['Preflight', 'Sandbox', 'Build', 'Push']) await stepBecomes(page, done, 'passed')
      await look('login')
      await pressByKeyboard(login, login.getByRole('button', { name: /^engineer@sandbox\.example/ }))
      await headlineBecomes(page, 'The workload gets its identity')
      expect(await page.getByRole('region', { name: 'Result' }).innerText()).toContain('spiffe://demo.test/hello')
    })

    test('has an act for each step and page, and the keyboard turns them one by one', async () => {
      const { page } = stage()
      for (let at = 0; at < acts.length; at += 1) await page.keyboard.press('PageUp')
      const shown: string[][] = []
      for (const [title] of acts) {
        const current = page.getByRole('navigation', { name: 'Steps' }).locator('[aria-current="step"]')
        shown.push([(await current.innerText()).replace(/,[^]*|\s+[\d.]+ s$|\n[^]*/, '').trim(), await headline(page)])
        await look(`signed-${fileName(title)}`)
        await page.keyboard.press('PageDown')
      }
      expect(shown).toEqual(acts.map((act) => [...act]))
    })

    test('leads to every act by the rail, too', async () => {
      const { page } = stage()
      for (const [title, words] of acts) {
        await pressByKeyboard(page, step(page, title))
        expect(await headline(page)).toBe(words)
      }
    })

    test('shows the digest that the registry serves, and copies it whole', async () => {
      const { page, where } = stage()
      await step(page, 'Push').click()
      const [digest, tag] = [await valueOf(page, 'Digest'), await valueOf(page, 'tag')]
      const repository = (await valueOf(page, 'image by digest')).replace(/@.*/, '')
      expect(digest).toBe(await servedDigest(repository, tag))
      await pressByKeyboard(page, page.getByRole('main').getByRole('button', { name: 'copy image by digest' }))
      await expect.poll(() => stage().clipboard()).toBe(`${repository}@${digest}`)
      expect(bundleFacts(runFolder(where, 'signed')).subject).toBe(digest)
    })

    test('shows the certificate and the log entry of the bundle, and cosign agrees', async () => {
      const { page, where } = stage()
      await step(page, 'Push').click()
      const image = await valueOf(page, 'image by digest')
      const facts = bundleFacts(runFolder(where, 'signed'))
      await step(page, 'Certificate').click()
      expect(await valueOf(page, 'who signed')).toBe(facts.signer)
      await page.getByRole('main').getByText('Standard fields', { exact: true }).click()
      expect(await valueOf(page, 'serial number')).toBe(facts.serial)
      expect(await valueOf(page, 'Certificate')).toBe(facts.fingerprint)
      const [signer, issuer] = [await valueOf(page, 'who signed'), await valueOf(page, 'issuer')]
      await step(page, 'Log entry').click()
      expect(await valueOf(page, 'root of the checkpoint')).toBe(facts.rootHash)
      expect(await valueOf(page, 'computed root')).toBe(facts.rootHash)
      expect(await page.getByRole('main').getByRole('status').first().innerText()).toContain(
        `Entry ${facts.logIndex} in a tree of ${facts.treeSize}`,
      )
      expect(await cosignVerify(where, image, signer, issuer)).toBe(0)
      expect(await cosignVerify(where, image, 'intern@sandbox.example', issuer)).not.toBe(0)
    })

    test('shows the entry that the SPIRE server has', async () => {
      const { page, where } = stage()
      await step(page, 'Register').click()
      const entries = await spireEntries(where)
      expect(entries).toContain(await valueOf(page, 'entry id'))
      expect(entries).toContain(await valueOf(page, 'SPIFFE ID'))
    })

    test('has a log for each step, reachable by keyboard', async () => {
      const { page } = stage()
      await step(page, 'Sign').click()
      await pressByKeyboard(page, footer(page).getByRole('button', { name: /^Log/ }))
      const log = page.getByRole('log')
      await expect.poll(() => log.innerText()).toContain('Pushing signature')
      await look('signed-sign-log')
      await tabTo(page, log)
      await pressByKeyboard(page, footer(page).getByRole('button', { name: /^Close the log/ }))
      await log.waitFor({ state: 'detached' })
    })
  })
}
