import { describe, expect, it } from 'vitest'
import { allPassed, verifyBundle } from '../../../src/core/sigstore/verify/verify-bundle.ts'
import { logEntryWith, ownKeys, ownRoot } from '../../fixtures/own-bundle.ts'
import {
  bundle,
  changed,
  engineer,
  flipBit,
  imageA,
  imageB,
  intern,
  type LooseBundle,
  trustedRoot,
} from '../../fixtures/sigstore-fixtures.ts'

const verify = (json: string, more: { root?: string; digest?: typeof imageA.digest; signer?: typeof engineer } = {}) =>
  verifyBundle({
    bundle: json,
    trustedRoot: more.root ?? trustedRoot,
    digest: more.digest ?? imageA.digest,
    signer: more.signer ?? engineer,
  })

/** The verdict of each check that is not passed, by name. */
function fallen(json: string, more: Parameters<typeof verify>[1] = {}): Record<string, string> | string {
  const result = verify(json, more)
  if (!result.ok) return result.error.code
  const all = [...result.value.checks, result.value.signer]
  return Object.fromEntries(all.filter((c) => c.verdict !== 'passed').map((c) => [c.id, c.verdict]))
}

const rootWithout = (key: string): string => JSON.stringify({ ...JSON.parse(trustedRoot), [key]: [] })
const entry = (b: LooseBundle) => b.verificationMaterial.tlogEntries[0]!

describe('a bundle with entries in two logs', () => {
  const other = ownKeys()
  const bothLogs = JSON.stringify({
    ...JSON.parse(trustedRoot),
    tlogs: [...JSON.parse(trustedRoot).tlogs, ...JSON.parse(ownRoot(other)).tlogs],
  })
  const withEntries = (add: (first: ReturnType<typeof entry>) => ReturnType<typeof entry>[]): string =>
    changed(bundle('engineer'), (b) => b.verificationMaterial.tlogEntries.push(...add(entry(b))))
  const inOther = (first: ReturnType<typeof entry>) =>
    logEntryWith(Buffer.from(first.canonicalizedBody, 'base64'), other)
  const two = withEntries((first) => [inOther(first)])
  const passes = (json: string, root: string, log: number): boolean => {
    const thresholds = { log, sct: 1, timestamp: 1 }
    const result = verifyBundle({
      bundle: json,
      trustedRoot: root,
      digest: imageA.digest,
      signer: engineer,
      thresholds,
    })
    return result.ok && allPassed(result.value)
  }

  it('meets a threshold of two, and one log does not', () => {
    expect([passes(two, bothLogs, 2), passes(two, bothLogs, 1)]).toEqual([true, true])
    expect([passes(two, bothLogs, 3), passes(bundle('engineer'), bothLogs, 2)]).toEqual([false, false])
  })

  it('is refused as a whole when one of them is a duplicate, of an unknown log, or has another index', () => {
    expect(
      passes(
        withEntries((first) => [first]),
        bothLogs,
        1,
      ),
    ).toBe(false)
    expect(passes(two, trustedRoot, 1)).toBe(false)
    expect(
      passes(
        withEntries((first) => [{ ...inOther(first), logIndex: '7' }]),
        bothLogs,
        1,
      ),
    ).toBe(false)
  })
})

describe('verifying a bundle in-process', () => {
  it('passes every check for a signature that cosign made', () => {
    const result = verify(bundle('engineer'))
    expect(result.ok && allPassed(result.value)).toBe(true)
    expect(result.ok && result.value.checks.map((c) => c.id)).toEqual([
      'chain',
      'sct',
      'log',
      'time',
      'digest',
      'predicate',
    ])
  })

  it('reports not-checked for the signer without an expectation', () => {
    const result = verifyBundle({ bundle: bundle('engineer'), trustedRoot, digest: imageA.digest })
    expect(result.ok && result.value.signer.verdict).toBe('not-checked')
    expect(result.ok && allPassed(result.value)).toBe(true)
  })

  it('fails the digest for the signature of another image, however valid it is', () => {
    expect(fallen(bundle('other-image'))).toEqual({ digest: 'failed' })
    expect(fallen(bundle('engineer'), { digest: imageB.digest })).toEqual({ digest: 'failed' })
  })

  it('fails the predicate for an attestation', () => {
    expect(fallen(bundle('other-predicate'))).toEqual({ predicate: 'failed' })
  })

  it('fails the signer for another person', () => {
    expect(fallen(bundle('intern'), { digest: imageB.digest })).toEqual({ signer: 'failed' })
    expect(fallen(bundle('intern'), { digest: imageB.digest, signer: intern })).toEqual({})
  })

  it('accepts no part of a name and no pattern for the signer', () => {
    for (const subject of ['engineer', 'engineer@sandbox.exampl', '.*', 'ENGINEER@sandbox.example']) {
      expect(fallen(bundle('engineer'), { signer: { ...engineer, subject } })).toEqual({ signer: 'failed' })
    }
    expect(fallen(bundle('engineer'), { signer: { ...engineer, issuer: `${engineer.issuer}/` } })).toEqual({
      signer: 'failed',
    })
  })

  it.each([
    ['certificateAuthorities', { chain: 'failed', sct: 'not-checked', log: 'not-checked', digest: 'not-checked' }],
    ['ctlogs', { sct: 'failed', log: 'not-checked', digest: 'not-checked' }],
    ['tlogs', { log: 'failed', digest: 'not-checked' }],
    [
      'timestampAuthorities',
      { time: 'failed', chain: 'not-checked', sct: 'not-checked', log: 'not-checked', digest: 'not-checked' },
    ],
  ])('names the right check when the trusted root has no %s', (key, expected) => {
    expect(fallen(bundle('engineer'), { root: rootWithout(key) })).toEqual(expected)
  })

  it.each<[string, string, (b: LooseBundle) => void]>([
    ['signature', 'time', (b) => (b.dsseEnvelope.signatures[0]!.sig = flipBit(b.dsseEnvelope.signatures[0]!.sig))],
    [
      'time stamp',
      'time',
      (b) => {
        const stamp = b.verificationMaterial.timestampVerificationData!.rfc3161Timestamps[0]!
        stamp.signedTimestamp = flipBit(stamp.signedTimestamp)
      },
    ],
    ['missing time stamp', 'time', (b) => delete b.verificationMaterial.timestampVerificationData],
    [
      'certificate',
      'chain',
      (b) => (b.verificationMaterial.certificate.rawBytes = flipBit(b.verificationMaterial.certificate.rawBytes)),
    ],
    [
      'payload',
      'log',
      (b) => {
        const text = Buffer.from(b.dsseEnvelope.payload, 'base64')
          .toString()
          .replace('"predicate":{}', '"predicate": {}')
        b.dsseEnvelope.payload = Buffer.from(text).toString('base64')
      },
    ],
    [
      'log entry, which cosign does not notice',
      'log',
      (b) => {
        const other: LooseBundle = JSON.parse(bundle('other-image'))
        entry(b).canonicalizedBody = entry(other).canonicalizedBody
      },
    ],
    ['index of the entry', 'log', (b) => (entry(b).logIndex = '7')],
    [
      'checkpoint',
      'log',
      (b) => {
        const { checkpoint } = entry(b).inclusionProof
        checkpoint.envelope = checkpoint.envelope.replace('\n1\n', '\n2\n')
      },
    ],
    ['proof', 'log', (b) => (entry(b).inclusionProof.hashes = [Buffer.alloc(32).toString('base64')])],
  ])('catches a falsified %s', (_, check, change) => {
    const result = fallen(changed(bundle('engineer'), change))
    expect(result).toMatchObject({ [check]: 'failed' })
  })

  it('fails the digest when the certificate is that of another signature', () => {
    const other: LooseBundle = JSON.parse(bundle('engineer'))
    const mixed = changed(bundle('other-image'), (b) => {
      b.verificationMaterial.certificate = other.verificationMaterial.certificate
    })
    expect(fallen(mixed, { digest: imageB.digest })).toEqual({ digest: 'failed' })
  })

  it('reports a bundle and a trusted root that are garbage', () => {
    expect(fallen('garbage')).toBe('sigstore.bundle-invalid')
    expect(fallen(bundle('engineer'), { root: 'garbage' })).toBe('sigstore.trusted-root')
    expect(fallen(bundle('engineer'), { root: '{"tlogs":[{}]}' })).toBe('sigstore.trusted-root')
  })
})
