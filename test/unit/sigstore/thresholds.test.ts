import { beforeAll, describe, expect, it } from 'vitest'
import { distinctAuthorities } from '../../../src/core/sigstore/verify/distinct-authorities.ts'
import { verifyBundle } from '../../../src/core/sigstore/verify/verify-bundle.ts'
import { logEntryWith, ownKeys, ownRoot } from '../../fixtures/own-bundle.ts'
import {
  type OwnTimestampAuthority,
  ownTimestampAuthority,
  ownTimestampRoot,
  timestampOf,
  trustedAuthority,
} from '../../fixtures/own-timestamp.ts'
import { bundle, changed, engineer, imageA, type LooseBundle, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'

const one = { log: 1, sct: 1, timestamp: 1 }

/** The checks that failed, with what was found. */
function failed(json: string, root: object, thresholds: Partial<typeof one>): Record<string, string> | string {
  const result = verifyBundle({
    bundle: json,
    trustedRoot: JSON.stringify(root),
    digest: imageA.digest,
    signer: engineer,
    thresholds: { ...one, ...thresholds },
  })
  if (!result.ok) return result.error.code
  const checks = result.value.checks.filter(({ verdict }) => verdict === 'failed')
  return Object.fromEntries(checks.map(({ id, found }) => [id, found]))
}

describe('a threshold of two timestamps', () => {
  const signed: LooseBundle = JSON.parse(bundle('engineer'))
  const signature = Buffer.from(signed.dsseEnvelope.signatures[0]!.sig, 'base64')
  const at = (seconds: number): Date => new Date(Date.parse('2026-11-21T10:52:00Z') + seconds * 1000)
  let first: OwnTimestampAuthority
  let sibling: OwnTimestampAuthority
  let other: OwnTimestampAuthority
  beforeAll(async () => {
    const root = await ownTimestampRoot('one')
    first = await ownTimestampAuthority(root, '02')
    sibling = await ownTimestampAuthority(root, '03')
    other = await ownTimestampAuthority(await ownTimestampRoot('other'), '04')
  })
  const stampedBy = (...stamps: readonly [OwnTimestampAuthority, number][]): string =>
    changed(bundle('engineer'), (b) => {
      b.verificationMaterial.timestampVerificationData = {
        rfc3161Timestamps: stamps.map(([who, seconds]) => ({
          signedTimestamp: timestampOf(who, signature, at(seconds)),
        })),
      }
    })
  const trusting = (...authorities: readonly object[]): object => ({
    ...JSON.parse(trustedRoot),
    timestampAuthorities: authorities,
  })

  it('is met by two authorities', () => {
    const root = trusting(trustedAuthority(first), trustedAuthority(other))
    expect(failed(stampedBy([first, 0], [other, 1]), root, { timestamp: 2 })).toEqual({})
  })

  it('is not met by two timestamps of one authority, which count as one', () => {
    const root = trusting(trustedAuthority(first), trustedAuthority(other))
    const twice = stampedBy([first, 0], [first, 1])
    expect(failed(twice, root, { timestamp: 2 })).toMatchObject({ time: expect.stringContaining('1 authority') })
    expect(failed(twice, root, { timestamp: 1 })).toEqual({})
  })

  it('is not met by two authorities below one root, or of one operator', () => {
    const below = trusting(trustedAuthority(first), trustedAuthority(sibling))
    expect(failed(stampedBy([first, 0], [sibling, 1]), below, { timestamp: 2 })).toHaveProperty('time')
    const operated = trusting(trustedAuthority(first, 'acme'), trustedAuthority(other, 'acme'))
    expect(failed(stampedBy([first, 0], [other, 1]), operated, { timestamp: 2 })).toHaveProperty('time')
  })
})

describe('a threshold of two log entries', () => {
  const [one, two] = [ownKeys(), ownKeys()]
  const withLogs = (...operators: readonly (string | undefined)[]): object => ({
    ...JSON.parse(trustedRoot),
    tlogs: [
      ...JSON.parse(trustedRoot).tlogs,
      ...[one, two].map((keys, at) => ({ ...JSON.parse(ownRoot(keys)).tlogs[0], operator: operators[at] })),
    ],
  })
  const loggedIn = (...logs: readonly [typeof one, string][]): string =>
    changed(bundle('engineer'), (b) => {
      const body = Buffer.from(b.verificationMaterial.tlogEntries[0]!.canonicalizedBody, 'base64')
      // The same entry in other bytes: white space at its end.
      b.verificationMaterial.tlogEntries = logs.map(([keys, space]) =>
        logEntryWith(Buffer.concat([body, Buffer.from(space)]), keys),
      )
    })

  it('is met by two logs', () => {
    expect(failed(loggedIn([one, ''], [two, '']), withLogs(), { log: 2 })).toEqual({})
  })

  it('is not met by one log that has it twice, or by two logs of one operator', () => {
    const twice = loggedIn([one, ''], [one, ' '])
    expect(failed(twice, withLogs(), { log: 1 })).toEqual({})
    expect(failed(twice, withLogs(), { log: 2 })).toMatchObject({ log: expect.stringContaining('1 log') })
    const both = loggedIn([one, ''], [two, ''])
    expect(failed(both, withLogs('acme', 'acme'), { log: 2 })).toHaveProperty('log')
    expect(failed(both, withLogs('acme', 'other'), { log: 2 })).toEqual({})
  })
})

describe('counting authorities', () => {
  it.each([
    [[], 0],
    [[['key a'], ['key a']], 1],
    [[['key a'], ['key b']], 2],
    [
      [
        ['key a', 'operator x'],
        ['key b', 'operator x'],
      ],
      1,
    ],
    // The third one shows that the first two are one.
    [[['key a'], ['key b'], ['key a', 'key b']], 1],
    [[['key a'], ['key b'], ['key c', 'key b']], 2],
  ])('of %j gives %i', (names, count) => {
    expect(distinctAuthorities(names)).toBe(count)
  })
})
