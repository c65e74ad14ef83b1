import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureIdentity } from '../../../src/core/sandbox/identity.ts'
import { type IdentityFiles, identityFiles } from '../../../src/core/sandbox/identity-files.ts'

let parent: string
let files: IdentityFiles

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'identity-test-'))
  files = identityFiles(join(parent, 'sandbox'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

async function identity() {
  const result = await ensureIdentity(files.folder)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
async function refusal() {
  const result = await ensureIdentity(files.folder)
  if (result.ok) throw new Error('It was accepted.')
  return result.error
}

describe('the identity of the sandbox', () => {
  test('is created once, for its owner only, and is the same at the next start', async () => {
    const first = await identity()
    const key = await readFile(files.fulcioKey, 'utf8')
    expect(await identity()).toEqual(first)
    expect(await readFile(files.fulcioKey, 'utf8')).toBe(key)
    expect(await readdir(parent)).toEqual(['sandbox'])
    expect(new Set(Object.values(first.ports)).size).toBe(3)
    for (const folder of [files.folder, files.keys, files.rekorTiles])
      expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(files.keys)) expect((await stat(join(files.keys, name))).mode & 0o777).toBe(0o600)
  })

  test('has a timestamp certificate with exactly one critical purpose, under its own root', async () => {
    await identity()
    const pem = await readFile(files.timestampChain, 'utf8')
    const [leaf, root] = pem.split(/(?<=-----END CERTIFICATE-----)\s*/).map((each) => each && new X509Certificate(each))
    if (!leaf || !root) throw new Error('two certificates')
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.8'])
    expect(leaf.ca).toBe(false)
    expect(leaf.verify(root.publicKey)).toBe(true)
    expect(root.ca).toBe(true)
  })

  test('of an interrupted creation is created again from the start', async () => {
    const half = `${files.folder}.new`
    await mkdir(join(half, 'keys'), { recursive: true })
    await writeFile(join(half, 'keys', 'fulcio.key.pem'), 'half a key')
    await identity()
    expect(await readFile(files.fulcioKey, 'utf8')).toContain('BEGIN PRIVATE KEY')
    expect(await readdir(parent)).toEqual(['sandbox'])
  })

  test('that is incomplete is not completed but refused', async () => {
    await mkdir(files.keys, { recursive: true, mode: 0o700 })
    const error = await refusal()
    expect(error.code).toBe('sandbox.identity-damaged')
    expect(error.what).toContain(files.facts)
    expect(await readdir(files.keys)).toEqual([])
  })

  test('cannot be created if nothing can be written, and says where', async () => {
    await writeFile(join(parent, 'file'), '')
    files = identityFiles(join(parent, 'file', 'sandbox'))
    expect(await refusal()).toMatchObject({ code: 'sandbox.identity-not-made' })
  })

  const secrets = ['issuer', 'fulcioKey', 'ctLogKey', 'rekorKey', 'timestampKey'] as const
  const damaged = [
    ...secrets,
    'facts',
    'fulcioChain',
    'timestampChain',
    'ctLogPublicKey',
    'rekorPublicKey',
    'trustedRoot',
  ] as const

  test('with garbage in any of its files is refused, and the error names that file and the remedy', async () => {
    await identity()
    for (const name of damaged) {
      const good = await readFile(files[name])
      for (const bad of ['', 'garbage\n', '{}', good.subarray(0, good.length / 2)]) {
        await writeFile(files[name], bad)
        const error = await refusal()
        expect(error.code).toBe('sandbox.identity-damaged')
        expect(error.what, `${name}: ${bad.toString().slice(0, 20)}`).toContain(files[name])
        expect(error.remedy).toContain('npm run clean')
        expect(JSON.stringify(error)).not.toContain('PRIVATE KEY')
      }
      await writeFile(files[name], good)
    }
    await identity()
  })

  test('whose trusted root names another CA is refused', async () => {
    await identity()
    const other = identityFiles(join(parent, 'other'))
    await ensureIdentity(other.folder)
    await writeFile(files.trustedRoot, await readFile(other.trustedRoot))
    expect(await refusal()).toMatchObject({
      code: 'sandbox.identity-damaged',
      found: 'it is not the trusted root of these keys',
    })
  })

  test('whose keys others can read is refused', async () => {
    await identity()
    for (const name of secrets) {
      await chmod(files[name], 0o640)
      const error = await refusal()
      expect(error.code).toBe('sandbox.identity-exposed')
      expect(error.expected).toContain(files[name])
      await chmod(files[name], 0o600)
    }
  })
})
