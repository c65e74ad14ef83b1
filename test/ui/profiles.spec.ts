import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { launchApp, type TestApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'

let running: TestApp

test.beforeAll(async () => {
  running = await launchApp()
})
test.afterAll(() => running.close())

const profile = {
  kind: 'services',
  title: 'Acme \u202e',
  sigstore: {
    trustedRoot: '/etc/acme/trusted_root.json',
    fulcio: { url: 'https://fulcio.acme.example/api' },
    rekor: { url: 'https://rekor.acme.example', version: 1 },
  },
  issuer: 'https://login.acme.example',
  signer: { issuer: 'https://login.acme.example', subject: 'ada@acme.example' },
  registry: { host: 'registry.acme.example', repository: 'team/hello', credentials: 'docker' },
}

/** The answers to this program's dialogs; returns their texts. */
const answered = (response: number): Promise<void> =>
  running.app.evaluate(({ dialog }, response) => {
    const asked: string[] = []
    Object.assign(globalThis, { asked })
    dialog.showMessageBox = (...words: readonly unknown[]) => {
      asked.push(JSON.stringify(words.at(-1)))
      return Promise.resolve({ response, checkboxChecked: false })
    }
  }, response)
const asked = (): Promise<readonly string[]> =>
  running.app.evaluate(() => (globalThis as unknown as { asked: readonly string[] }).asked)
const save = (value: unknown): Promise<{ ok: boolean; error?: { code: string } }> => {
  const input = JSON.stringify({ name: 'acme', text: JSON.stringify(value), replace: true })
  return running.page.evaluate(`window.attestor.request('saveProfile', ${input})`)
}
const file = () => readFile(join(running.folder, 'profiles', 'acme.json'), 'utf8').catch(() => null)

test('prompts before a profile of the page is saved, and names its file, its hosts and its paths', async () => {
  await answered(0)
  expect(await save(profile)).toMatchObject({ ok: false, error: { code: 'config.profile-declined' } })
  expect(await file()).toBeNull()
  const [words = ''] = await asked()
  for (const named of [
    join(running.folder, 'profiles', 'acme.json'),
    'https://fulcio.acme.example',
    'https://rekor.acme.example',
    'https://login.acme.example',
    'registry.acme.example',
    '/etc/acme/trusted_root.json',
    'U+202E',
    '"defaultId":0',
    '"cancelId":0',
  ])
    expect(words).toContain(named)
  await answered(1)
  expect(await save(profile)).toMatchObject({ ok: true })
  expect(JSON.parse((await file()) ?? '')).toEqual(profile)
})

test('prompts for nothing that is not a profile, and writes nothing', async () => {
  await answered(1)
  for (const wrong of [
    { ...profile, run: '/bin/sh' },
    { ...profile, issuer: 'file:///etc/passwd' },
    { ...profile, issuer: 'http://169.254.169.254/latest' },
    { ...profile, registry: { ...profile.registry, password: 'x' } },
  ])
    expect(await save(wrong)).toMatchObject({ error: { code: 'config.profile' } })
  expect(await asked()).toEqual([])
})
