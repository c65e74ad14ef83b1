import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBundleFacts } from '../../../src/core/domain/bundle/bundle.ts'
import type { LogEntryFacts } from '../../../src/core/domain/log/log-entry.ts'
import { leafHash, nodeHash } from '../../../src/core/domain/log/merkle.ts'
import { readEntryBack } from '../../../src/core/sigstore/logs/log-reader.ts'
import { bundle, logFolder, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const failed = (result: Awaited<ReturnType<typeof readEntryBack>>): string[] | string =>
  result.ok ? result.value.checks.filter((c) => c.verdict !== 'passed').map((c) => c.id) : result.error.code

function entryOf(name: Parameters<typeof bundle>[0]): LogEntryFacts {
  const facts = readBundleFacts(bundle(name))
  if (!facts.ok) throw new Error(facts.error.what)
  return facts.value.logEntry
}

let scratch: string
beforeAll(() => (scratch = mkdtempSync(join(tmpdir(), 'log-reader-'))))
afterAll(() => rmSync(scratch, { recursive: true }))

/** A copy of Rekor's folder with one file changed. */
function copyWith(name: string, file: string, change: (bytes: string) => string): string {
  const folder = join(scratch, name)
  cpSync(logFolder, folder, { recursive: true })
  const path = join(folder, file)
  writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1')
  return folder
}

describe('reading an entry back from Rekor', () => {
  it.each(['engineer', 'other-image', 'intern', 'other-predicate'] as const)(
    'finds the entry of %s, recomputes its proof and finds the tree that the bundle saw',
    async (name) => {
      const result = await readEntryBack({ tiles: logFolder, trustedRoot, entry: entryOf(name) })
      expect(failed(result)).toEqual([])
      expect(result.ok && result.value.entry).toBe(entryOf(name).canonicalizedBody)
      expect(result.ok && result.value.treeSize).toBe('4')
      expect(result.ok && result.value.proof.length).toBe(2)
    },
  )

  it('notices an entry that was changed in the log', async () => {
    const tiles = copyWith('entry', 'tile/entries/000.p/4', (bytes) => bytes.replace('0.0.2', '0.0.9'))
    expect(failed(await readEntryBack({ tiles, trustedRoot, entry: entryOf('engineer') }))).toEqual([
      'log-entry',
      'log-proof',
    ])
  })

  it('notices a checkpoint that the log did not sign', async () => {
    const tiles = copyWith('checkpoint', 'checkpoint', (text) => text.replace(/^localhost\n/, 'elsewhere\n'))
    expect(failed(await readEntryBack({ tiles, trustedRoot, entry: entryOf('engineer') }))).toContain('log-checkpoint')
  })

  it('notices a hash that was changed', async () => {
    const tiles = copyWith('hash', 'tile/0/000.p/4', (bytes) => `${bytes.slice(0, 40)}\0${bytes.slice(41)}`)
    const result = failed(await readEntryBack({ tiles, trustedRoot, entry: entryOf('engineer') }))
    expect(result).toContain('log-proof')
  })

  it('notices a bundle that saw another tree', async () => {
    const entry = { ...entryOf('intern'), rootHash: '00'.repeat(32) }
    expect(failed(await readEntryBack({ tiles: logFolder, trustedRoot, entry }))).toEqual(['log-history'])
  })

  it('says what is missing: the folder, a tile, the entry, the log in the trusted root', async () => {
    const entry = entryOf('engineer')
    expect(failed(await readEntryBack({ tiles: '/nonexistent', trustedRoot, entry }))).toBe('sigstore.tiles-unreadable')
    const tiles = copyWith('short', 'tile/0/000.p/4', (bytes) => bytes.slice(0, 64))
    expect(failed(await readEntryBack({ tiles, trustedRoot, entry }))).toBe('sigstore.tiles-unreadable')
    const late = { ...entry, proofIndex: '9' }
    expect(failed(await readEntryBack({ tiles: logFolder, trustedRoot, entry: late }))).toBe(
      'sigstore.tiles-unreadable',
    )
    const other = { ...entry, logId: '00'.repeat(32) }
    expect(failed(await readEntryBack({ tiles: logFolder, trustedRoot, entry: other }))).toBe('sigstore.log-unknown')
  })
})

describe('reading an entry back from a log with more than one tile', () => {
  const size = 600
  const entries = Array.from({ length: size }, (_, index) => Buffer.from(`entry ${index}`))
  const hashes = entries.map((entry) => leafHash(entry))
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const id = createHash('sha256').update(der).digest()
  const root = JSON.stringify({
    tlogs: [
      {
        baseUrl: 'http://log.test',
        publicKey: { rawBytes: der.toString('base64') },
        logId: { keyId: id.toString('base64') },
      },
    ],
  })

  const rootOf = (leaves: readonly Uint8Array[]): Uint8Array => {
    const [only] = leaves
    if (only !== undefined && leaves.length === 1) return only
    let split = 1
    while (split * 2 < leaves.length) split *= 2
    return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
  }

  const write = (file: string, bytes: Uint8Array | string): void => {
    const path = join(scratch, 'big', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }

  const bundleOf = (from: number, to: number): Buffer =>
    Buffer.concat(
      entries.slice(from, to).flatMap((entry) => {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(entry.length)
        return [length, entry]
      }),
    )

  beforeAll(() => {
    const body = `log.test\n${size}\n${Buffer.from(rootOf(hashes)).toString('base64')}\n`
    const signature = Buffer.concat([id.subarray(0, 4), sign('sha256', Buffer.from(body), privateKey)])
    write('checkpoint', `${body}\n\u2014 log.test ${signature.toString('base64')}\n`)
    // The last level-0 tile is stored as full although the checkpoint calls it partial: a log may remove the partial one.
    write('tile/0/000', Buffer.concat(hashes.slice(0, 256)))
    write('tile/0/001', Buffer.concat(hashes.slice(256, 512)))
    write('tile/0/002', Buffer.concat(hashes.slice(512)))
    write('tile/1/000.p/2', Buffer.concat([rootOf(hashes.slice(0, 256)), rootOf(hashes.slice(256, 512))]))
    write('tile/entries/000', bundleOf(0, 256))
    write('tile/entries/001', bundleOf(256, 512))
    write('tile/entries/002.p/88', bundleOf(512, 600))
  })

  it.each([0, 1, 255, 256, 300, 511, 512, 599])('recomputes the proof of entry %i', async (index) => {
    const entry: LogEntryFacts = {
      ...entryOf('engineer'),
      logId: hex(id),
      proofIndex: String(index),
      leafHash: hex(leafHash(entries[index]!)),
      treeSize: '333',
      rootHash: hex(rootOf(hashes.slice(0, 333))),
    }
    const result = await readEntryBack({ tiles: join(scratch, 'big'), trustedRoot: root, entry })
    expect(failed(result)).toEqual([])
    expect(result.ok && result.value.entry).toBe(`entry ${index}`)
  })
})
