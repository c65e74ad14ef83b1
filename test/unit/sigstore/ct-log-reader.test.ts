import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOfBase64 } from '../../../src/core/domain/bundle/bundle-encoding.ts'
import { poisonOid, sctListOid } from '../../../src/core/domain/certificates/sct.ts'
import { extensionOf, readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import { readCtEntry } from '../../../src/core/domain/log/ct-entry.ts'
import { readPromiseBack } from '../../../src/core/sigstore/logs/ct-log-reader.ts'
import { ctLeaf, ctLogFolder, ctTrustedRoot } from '../../fixtures/ct-fixtures.ts'
import { bundle, type LooseBundle } from '../../fixtures/sigstore-fixtures.ts'

let tiles: string
beforeEach(() => {
  tiles = mkdtempSync(join(tmpdir(), 'ct-'))
  cpSync(ctLogFolder, tiles, { recursive: true })
})
afterEach(() => rmSync(tiles, { recursive: true }))

const read = (certificate = ctLeaf()) => readPromiseBack({ tiles, trustedRoot: ctTrustedRoot, certificate })
const fell = async (): Promise<readonly string[] | string> => {
  const result = await read()
  if (!result.ok) return result.error.code
  return result.value.checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)
}
const flip = (name: string, at: number): void => {
  const bytes = readFileSync(join(tiles, name))
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(join(tiles, name), bytes)
}

describe('the promise of an SCT', () => {
  it('is found fulfilled in the log that gave it: the entry, its proof, and a checkpoint of the trusted key', async () => {
    const result = await read()
    if (!result.ok) throw new Error(result.error.found)
    const { log, checks } = result.value
    expect(checks.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['ct-checkpoint', 'passed'],
      ['ct-entry', 'passed'],
      ['ct-proof', 'passed'],
    ])
    expect(log.files).toEqual(['checkpoint', 'tile/0/000.p/6', 'tile/data/000.p/6'])
    const entry = readCtEntry(bytesOfBase64(log.entry) ?? new Uint8Array())
    const submitted = readCertificate(entry?.precertificate ?? new Uint8Array())
    if (!submitted.ok) throw new Error(submitted.error.found)
    expect(extensionOf(submitted.value, poisonOid)?.critical).toBe(true)
    expect(extensionOf(submitted.value, sctListOid)).toBeUndefined()
  })

  it('is broken if the log holds another entry, another tree, or signed another one', async () => {
    const { length } = readFileSync(join(tiles, 'tile/data/000.p/6'))
    for (let at = 0; at < length; at += 1 + Math.floor(length / 12)) {
      cpSync(ctLogFolder, tiles, { recursive: true })
      flip('tile/data/000.p/6', at)
      // Another entry of the tile, or what is not part of the leaf, changes nothing about ours.
      expect([['ct-entry', 'ct-proof'], ['ct-entry'], [], 'sigstore.tiles-unreadable']).toContainEqual(await fell())
    }
    cpSync(ctLogFolder, tiles, { recursive: true })
    for (let at = 0; at < 6 * 32; at += 32) flip('tile/0/000.p/6', at)
    expect(await fell()).toEqual(['ct-proof'])
    cpSync(ctLogFolder, tiles, { recursive: true })
    flip('checkpoint', readFileSync(join(tiles, 'checkpoint')).length - 9)
    expect(await fell()).toEqual(['ct-checkpoint'])
  })

  it('cannot be checked without tiles, in an untrusted log, or without an SCT', async () => {
    rmSync(join(tiles, 'tile'), { recursive: true })
    expect(await fell()).toBe('sigstore.tiles-unreadable')
    const parsed: LooseBundle = JSON.parse(bundle('engineer'))
    const other = await read(Buffer.from(parsed.verificationMaterial.certificate.rawBytes, 'base64'))
    expect(other).toMatchObject({ ok: false, error: { code: 'sigstore.log-unknown' } })
    expect(await read(new Uint8Array(4))).toMatchObject({ ok: false, error: { code: 'sigstore.certificate-invalid' } })
  })
})
