import type { Bundle } from '@sigstore/bundle'
import type { TransparencyLogInstance, TrustedRoot } from '@sigstore/protobuf-specs'
import type { SignatureFacts } from '../../domain/bundle/bundle.ts'
import type { CheckedTimestamp } from '../../domain/bundle/timestamp-checks.ts'
import { sctsOf } from '../../domain/certificates/sct.ts'
import { readCertificate } from '../../domain/certificates/x509.ts'
import type { SigningTimes } from './signing-times.ts'
import type { LibraryFailure } from './verify-checks.ts'

/** How many log entries, SCTs and timestamps must verify, each of another authority. */
export interface Thresholds {
  readonly log: number
  readonly sct: number
  readonly timestamp: number
}

/**
 * What is missing when each authority counts once, after the library has verified everything: it counts entries, and
 * two timestamps of one authority prove no more than one. Undefined when nothing is missing.
 */
export function authoritiesMissing(
  bundle: Bundle,
  { facts, times }: { readonly facts: SignatureFacts; readonly times: SigningTimes },
  root: TrustedRoot,
  least: Thresholds,
): LibraryFailure | undefined {
  const entries = bundle.verificationMaterial.tlogEntries
  const counted = [
    {
      check: 'time',
      least: least.timestamp,
      one: 'authority',
      many: 'authorities',
      names: timeNames(facts, times, root),
    },
    { check: 'sct', least: least.sct, one: 'log', many: 'logs', names: sctNames(facts, root) },
    {
      check: 'log',
      least: least.log,
      one: 'log',
      many: 'logs',
      names: entries.map((e) => logNames(e.logId, root.tlogs)),
    },
  ] as const
  for (const { check, least: wanted, one, many, names } of counted) {
    // With a threshold of one the library's own count is sufficient.
    const found = wanted > 1 ? distinctAuthorities(names) : wanted
    if (found < wanted) {
      return { check, message: `expected ${wanted} different ${many}, got ${found} ${found === 1 ? one : many}` }
    }
  }
  return undefined
}

/**
 * How many authorities there are, given all names of each one that was seen: those that share a name are the same one.
 */
export function distinctAuthorities(seen: readonly (readonly string[])[]): number {
  let groups: readonly ReadonlySet<string>[] = []
  for (const names of seen.filter(({ length }) => length > 0)) {
    const same = groups.filter((group) => names.some((name) => group.has(name)))
    groups = [
      ...groups.filter((group) => !same.includes(group)),
      new Set([...names, ...same.flatMap((one) => [...one])]),
    ]
  }
  return groups.length
}

/** The names of those who attest the signing time: timestamp authorities, and logs with a signed entry timestamp. */
function timeNames(facts: SignatureFacts, { proved }: SigningTimes, root: TrustedRoot): readonly (readonly string[])[] {
  const stamped = proved.map(({ by }) => authorityNames(by))
  const promised = [facts.logEntry, ...facts.otherLogEntries]
    .filter(({ promise }) => promise !== null)
    .map(({ logId }) => logNames({ keyId: Buffer.from(logId, 'hex') }, root.tlogs))
  return [...stamped, ...promised]
}

function sctNames(facts: SignatureFacts, root: TrustedRoot): readonly (readonly string[])[] {
  const certificate = readCertificate(facts.bytes.certificate)
  const scts = certificate.ok ? (sctsOf(certificate.value) ?? []) : []
  return scts.map(({ logId }) => logNames({ keyId: Buffer.from(logId, 'hex') }, root.ctlogs))
}

/** A log is the same under any of its names: its id, its key or the operator that the trusted root gives. */
function logNames(id: { readonly keyId: Buffer } | undefined, logs: readonly TransparencyLogInstance[]): string[] {
  const hex = id?.keyId.toString('hex') ?? ''
  const named = logs.filter((log) =>
    [log.logId, log.checkpointKeyId].some((each) => each?.keyId.toString('hex') === hex),
  )
  return [
    `log ${hex}`,
    ...named.flatMap(({ publicKey, operator }) => [
      `key ${publicKey?.rawBytes?.toString('hex') ?? ''}`,
      ...operatorName(operator),
    ]),
  ]
}

/** An authority is the same as another that shares a certificate's key with it: the root of both, for example. */
const authorityNames = ({ chain, authority }: CheckedTimestamp): readonly string[] => [
  ...chain.map(({ publicKeyHash }) => `key ${publicKeyHash}`),
  ...operatorName(authority?.operator ?? ''),
]

const operatorName = (operator: string): readonly string[] => (operator === '' ? [] : [`operator ${operator}`])
