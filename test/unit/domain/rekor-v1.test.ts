import { describe, expect, it } from 'vitest'
import { logEntryReport, promisedTime } from '../../../renderer/acts/log-entry/facts.ts'
import { readBundleFacts, type SignatureFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { readTrustedRoot } from '../../../src/core/domain/certificates/trust.ts'
import { checkpointLines } from '../../../src/core/domain/log/checkpoint-lines.ts'
import { rawBody, readLogBody } from '../../../src/core/domain/log/log-body.ts'
import { checkLogBody } from '../../../src/core/domain/log/log-body-checks.ts'
import { parseCheckpoint } from '../../../src/core/domain/log/log-entry.ts'
import { checkPromise } from '../../../src/core/domain/log/log-promise.ts'
import {
  entryUuid,
  placeInLog,
  publicRekorId,
  publicSearchPage,
  shardOf,
  shardOrigin,
} from '../../../src/core/domain/log/rekor-v1.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'
import { publicTrustedRoot } from '../../../src/core/sigstore/trust/public-root.ts'
import { publicDsseBundle, publicHashedrekordBundle } from '../../fixtures/public-fixtures.ts'
import { bundle, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const root = readTrustedRoot(publicTrustedRoot())
if (!root.ok) throw new Error(root.error.found)
const { logs } = root.value
const rekor = logs.find(({ logId }) => logId === publicRekorId)
if (rekor === undefined) throw new Error('no public Rekor')

const factsOf = (json: string): SignatureFacts => {
  const facts = readBundleFacts(json)
  if (!facts.ok) throw new Error(facts.error.found)
  return facts.value
}
const dsse = factsOf(publicDsseBundle)
const words = (checks: readonly Check[]): readonly string[] => checks.map(({ id, verdict }) => `${id} ${verdict}`)

describe('an entry of the public Rekor v1', () => {
  const report = logEntryReport(publicDsseBundle, publicTrustedRoot(), null)
  if (!report.ok) throw new Error(report.error.found)

  it('passes every check, with the log’s own statement of the time', () => {
    expect(words(report.value.checks)).toEqual([
      'signature passed',
      'certificate passed',
      'hash passed',
      'logged-signature passed',
      'proof passed',
      'checkpoint passed',
      'promise passed',
      'time passed',
    ])
    expect(report.value.derivation.filter(({ verdict }) => verdict === 'failed')).toEqual([])
    expect(report.value.timestamp).toBeNull()
  })

  it('has its UUID, its shard and where that begins, and its page', () => {
    expect(report.value.promised).toMatchObject({
      uuid: `108e9186e8c5677a${dsse.logEntry.leafHash}`,
      // 4163431 and 117740831 entries of the two older shards.
      shard: { treeId: '1193050959916656506', begins: String(4_163_431 + 117_740_831) },
      time: '2024-12-16T18:42:56Z',
    })
    expect(report.value.searchPage).toBe('https://search.sigstore.dev/?logIndex=155690850')
  })

  it('is not trusted for its time if the promise is not the log’s', () => {
    const json = JSON.parse(publicDsseBundle)
    json.verificationMaterial.tlogEntries[0].integratedTime = '1734374577'
    const changed = logEntryReport(JSON.stringify(json), publicTrustedRoot(), null)
    expect(changed.ok && words(changed.value.checks).slice(-2)).toEqual(['promise failed', 'time not-checked'])
  })

  it('lies in another shard if it is older, under the same key', () => {
    const [entry] = JSON.parse(publicHashedrekordBundle).verificationMaterial.tlogEntries
    const checkpoint = parseCheckpoint(entry.inclusionProof.checkpoint.envelope)
    if (!checkpoint.ok) throw new Error(checkpoint.error.found)
    expect(checkpointLines(checkpoint.value, logs, 'note')).toMatchObject([
      { name: 'rekor.sigstore.dev', log: { logId: publicRekorId }, verdict: 'passed' },
    ])
    expect(
      shardOf({
        origin: checkpoint.value.origin,
        logIndex: entry.logIndex,
        proofIndex: entry.inclusionProof.logIndex,
      }),
    ).toEqual({ treeId: '2605736670972794746', begins: '4163431' })
    const promise = {
      integratedTime: Number(entry.integratedTime),
      signature: Buffer.from(entry.inclusionPromise.signedEntryTimestamp, 'base64'),
    }
    const body = Buffer.from(entry.canonicalizedBody, 'base64').toString()
    expect(checkPromise(promise, { body, logId: publicRekorId, logIndex: entry.logIndex }, rekor.publicKey)).toBe(
      'passed',
    )
  })
})

describe('the public search page', () => {
  it('is named for the public Rekor v1 only', () => {
    expect(rekor.baseUrl).toBe('https://rekor.sigstore.dev')
    const elsewhere = logs.filter(({ logId }) => logId !== publicRekorId)
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(elsewhere.map(({ logId }) => publicSearchPage({ logId, logIndex: '1' }))).toEqual(elsewhere.map(() => null))
    const own = logEntryReport(bundle('engineer'), trustedRoot, null)
    expect(own.ok && [own.value.searchPage, own.value.promised]).toEqual([null, null])
    expect([promisedTime(bundle('engineer')), promisedTime('{}')]).toEqual([null, null])
    expect(promisedTime(publicDsseBundle)).toBe('2024-12-16T18:42:56Z')
  })
})

describe('a shard’s origin', () => {
  it('has a name and a tree', () => {
    expect(shardOrigin('rekor.example - 12')).toEqual({ name: 'rekor.example', treeId: '12' })
    for (const other of ['localhost', 'rekor.example - 0', 'rekor.example - 12 ', 'a b - 12', 'rekor.example -12'])
      expect([other, shardOrigin(other)]).toEqual([other, null])
  })

  it('gives the UUID in 16 and 64 digits, and without one only the leaf’s hash', () => {
    const leafHash = 'ab'.repeat(32)
    expect(entryUuid({ origin: 'rekor.example - 255', leafHash })).toBe(`00000000000000ff${leafHash}`)
    expect(entryUuid({ origin: 'localhost', leafHash })).toBe(leafHash)
  })

  it('is shown only if index and number differ', () => {
    expect(placeInLog(dsse.logEntry)).toBe('155690850, number 33786588 of 33786589 in its shard')
    expect(placeInLog({ logIndex: '3', proofIndex: '3', treeSize: '4' })).toBe('3 of 4')
  })

  it('does not begin before the log does', () => {
    expect(shardOf({ origin: 'rekor.example - 1', logIndex: '3', proofIndex: '4' })).toBeNull()
  })

  it('does not lend its name to a checkpoint with another signature', () => {
    const checkpoint = parseCheckpoint(dsse.logEntry.checkpoint.replace(/^rekor\.sigstore\.dev/, 'rekor.example'))
    expect(checkpoint.ok && checkpointLines(checkpoint.value, logs, 'note')).toMatchObject([{ verdict: 'not-checked' }])
  })
})

describe('an entry against its bundle\u2019s signature', () => {
  const { bytes, certificate, signedHash } = dsse
  const payloadHash = Buffer.from(dsse.logEntry.canonicalizedBody)
    .toString()
    .match(/"payloadHash":.*?"value":"(\w+)"/)?.[1]
  const pem = Buffer.from(
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes.certificate).toString('base64')}\n-----END CERTIFICATE-----\n`,
  ).toString('base64')
  const der = Buffer.from(bytes.certificate).toString('base64')
  const sig = Buffer.from(bytes.signature).toString('base64')
  const base64 = (hex: string | undefined): string => Buffer.from(hex ?? '', 'hex').toString('base64')
  const check = (kind: string, apiVersion: string, spec: unknown): readonly string[] =>
    words(checkLogBody(readLogBody(JSON.stringify({ kind, apiVersion, spec })), dsse))
  const all = ['certificate passed', 'hash passed', 'logged-signature passed']

  it.each([
    [
      'hashedrekord',
      '0.0.1',
      {
        data: { hash: { algorithm: 'sha256', value: signedHash } },
        signature: { content: sig, publicKey: { content: pem } },
      },
      all,
    ],
    [
      'hashedrekord',
      '0.0.2',
      {
        hashedRekordV002: {
          data: { digest: base64(signedHash) },
          signature: { content: sig, verifier: { x509Certificate: { rawBytes: der } } },
        },
      },
      all,
    ],
    ['dsse', '0.0.1', { payloadHash: { value: payloadHash }, signatures: [{ signature: sig, verifier: pem }] }, all],
    [
      'dsse',
      '0.0.2',
      {
        dsseV002: {
          payloadHash: { digest: base64(payloadHash) },
          signatures: [{ content: sig, verifier: { x509Certificate: { rawBytes: der } } }],
        },
      },
      all,
    ],
    ['intoto', '0.0.1', { content: { payloadHash: { value: payloadHash } }, publicKey: pem }, all.slice(0, 2)],
    [
      'intoto',
      '0.0.2',
      {
        content: {
          payloadHash: { value: payloadHash },
          envelope: { signatures: [{ sig: Buffer.from(sig).toString('base64'), publicKey: pem }] },
        },
      },
      all,
    ],
    // The hash of the other thing.
    [
      'dsse',
      '0.0.1',
      { payloadHash: { value: signedHash }, signatures: [{ signature: `A${sig.slice(1)}` }] },
      ['certificate not-present', 'hash failed', 'logged-signature failed'],
    ],
    ['hashedrekord', '0.0.1', {}, ['certificate not-present', 'hash not-present', 'logged-signature not-present']],
    ['alpine', '0.0.1', {}, ['certificate not-checked', 'hash not-checked', 'logged-signature not-checked']],
    ['dsse', '0.0.3', {}, ['certificate not-checked', 'hash not-checked', 'logged-signature not-checked']],
  ])('of kind %s %s', (kind, version, spec, expected) => {
    expect(certificate.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(check(kind, version, spec)).toEqual(expected)
  })

  it('says which part of an entry of the public log is missing, with a remedy, and nothing of an unknown one', () => {
    const missing = checkLogBody(readLogBody('{"kind":"dsse","apiVersion":"0.0.1"}'), dsse)
    expect(missing.every(({ remedy }) => remedy !== undefined)).toBe(true)
    const unknown = checkLogBody(readLogBody('no JSON'), dsse)
    expect(unknown.every(({ remedy }) => remedy === undefined)).toBe(true)
  })
})

describe('an entry shown raw', () => {
  it('is indented if it is JSON, and else unchanged', () => {
    expect(rawBody('{"kind":"alpine"}')).toEqual({ text: '{\n  "kind": "alpine"\n}', left: 0 })
    expect(rawBody('no JSON')).toEqual({ text: 'no JSON', left: 0 })
  })

  it('is bounded in length and depth', () => {
    expect(rawBody('x'.repeat(60_000))).toEqual({ text: 'x'.repeat(16_000), left: 44_000 })
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
    expect(rawBody(deep)).toEqual({ text: deep, left: 0 })
  })
})
