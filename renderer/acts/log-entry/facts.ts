import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { readBundleFacts, type SignatureFacts } from '../../../src/core/domain/bundle/bundle.ts'
import { readTimestamp, type Timestamp } from '../../../src/core/domain/bundle/timestamp.ts'
import { type CheckedTimestamp, checkTimestamp } from '../../../src/core/domain/bundle/timestamp-checks.ts'
import { checkSignature } from '../../../src/core/domain/certificates/public-key.ts'
import { readTrustedRoot, type TrustedLog } from '../../../src/core/domain/certificates/trust.ts'
import { readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import { type CheckpointLine, checkpointLines } from '../../../src/core/domain/log/checkpoint-lines.ts'
import { type LogBody, readLogBody } from '../../../src/core/domain/log/log-body.ts'
import { checkLogBody, loggedHash } from '../../../src/core/domain/log/log-body-checks.ts'
import { type Checkpoint, parseCheckpoint } from '../../../src/core/domain/log/log-entry.ts'
import { checkPromise } from '../../../src/core/domain/log/log-promise.ts'
import { entryUuid, type LogShard, publicSearchPage, shardOf } from '../../../src/core/domain/log/rekor-v1.ts'
import { err, ok, type Result } from '../../../src/core/domain/result.ts'
import type { Check, Verdict } from '../../../src/core/domain/verdict.ts'
import { type Proof, type ProofFacts, recompute } from './proof.ts'

/** One value on the way from the image to the log, and whether it follows from the one before, recomputed here. */
export interface Derived {
  readonly name: string
  /** How it follows from the one before. */
  readonly says: string
  /** A digest or hash, or a few words about what is too long to show. */
  readonly value: string
  readonly verdict: Verdict
}

/** Everything that the page of a log entry shows, computed from the bundle and the trusted root. */
export interface LogEntryReport {
  readonly facts: SignatureFacts
  readonly body: LogBody
  readonly derivation: readonly Derived[]
  readonly proofFacts: ProofFacts
  readonly proof: Proof | undefined
  readonly checkpoint: Checkpoint
  readonly lines: readonly CheckpointLine[]
  readonly timestamp: { readonly stamp: Timestamp; readonly checked: CheckedTimestamp } | null
  /** What Rekor v1 adds: null if the log returns no signed entry timestamp. */
  readonly promised: Promised | null
  /** Its address on the public search page; null for every other log. */
  readonly searchPage: string | null
  readonly checks: readonly Check[]
}

export interface Promised {
  readonly uuid: string
  readonly shard: LogShard | null
  /** Whether the log signed its promise: the signed entry timestamp. */
  readonly check: Check
  /** When the log says it added the entry. ISO 8601 UTC. */
  readonly time: string
}

/** Reads the bundle and recomputes everything; `digest` is the image's digest in the registry. */
export function logEntryReport(
  bundleJson: string,
  trustedRootJson: string,
  digest: string | null,
): Result<LogEntryReport> {
  const read = readBundleFacts(bundleJson)
  if (!read.ok) return err(read.error)
  const root = readTrustedRoot(trustedRootJson)
  if (!root.ok) return err(root.error)
  const facts = read.value
  const { logEntry, bytes } = facts
  const checkpoint = parseCheckpoint(logEntry.checkpoint)
  if (!checkpoint.ok) return err(checkpoint.error)
  const body = readLogBody(logEntry.canonicalizedBody)
  const proofFacts = { ...logEntry, proofHashes: logEntry.hashes }
  const proof = recompute(proofFacts)
  const [stamp] = bytes.timestamps.map(readTimestamp)
  const lines = checkpointLines(checkpoint.value, root.value.logs, 'note')
  const promised = promiseOf(facts, root.value.logs)
  return ok({
    facts,
    body,
    derivation: derivationOf(facts, body, digest),
    proofFacts,
    proof,
    checkpoint: checkpoint.value,
    lines,
    timestamp:
      stamp === undefined
        ? null
        : { stamp, checked: checkTimestamp(stamp, bytes.signature, root.value.timestampAuthorities) },
    promised,
    searchPage: publicSearchPage(logEntry),
    checks: crossChecks({ facts, body, proof, lines, promised }),
  })
}

function derivationOf(facts: SignatureFacts, body: LogBody, digest: string | null): readonly Derived[] {
  const { bytes, predicateType, signedHash, logEntry } = facts
  const subjectDigest = facts.subjectDigests.find((each) => each === digest) ?? facts.subjectDigest
  const computed = bytesToHex(sha256(bytes.signed))
  const logged = loggedHash(body, facts)
  return [
    { name: 'Image digest', says: 'what the registry answered', value: digest ?? subjectDigest, verdict: 'passed' },
    {
      name: 'Statement',
      says: `its subject, as ${predicateType.replace('https://sigstore.dev/', '')}`,
      value: subjectDigest,
      verdict: digest === null ? 'not-checked' : same(subjectDigest, digest),
    },
    {
      name: 'Payload',
      says: bytes.payloadType,
      value: `${bytes.payload.length} bytes of JSON`,
      verdict: 'passed',
    },
    {
      name: 'Signed bytes',
      says: 'type and length put in front (PAE)',
      value: `${bytes.signed.length} bytes`,
      verdict: same(signedHash, computed),
    },
    {
      name: 'Logged hash',
      says: logged === computed ? 'SHA-256 of the signed bytes' : 'SHA-256 of the payload',
      ...loggedValue(body, logged),
    },
    { name: 'Leaf', says: 'SHA-256 of 00 and the entry', value: logEntry.leafHash, verdict: 'passed' },
  ]
}

/** A hash of an unknown kind cannot be recomputed here. */
function loggedValue({ known, hash, kind }: LogBody, logged: string): Pick<Derived, 'value' | 'verdict'> {
  if (!known) return { value: `kind ${kind} is not known here`, verdict: 'not-checked' }
  return hash === null ? { value: 'none', verdict: 'could-not-check' } : { value: hash, verdict: same(hash, logged) }
}

const same = (a: string, b: string): Verdict => (a === b ? 'passed' : 'failed')

function crossChecks(of: {
  readonly facts: SignatureFacts
  readonly body: LogBody
  readonly proof: Proof | undefined
  readonly lines: readonly CheckpointLine[]
  readonly promised: Promised | null
}): readonly Check[] {
  const { facts, promised } = of
  const { bytes, certificate, logEntry } = facts
  const leaf = readCertificate(bytes.certificate)
  const signature = leaf.ok
    ? checkSignature({ spki: leaf.value.der.spki, message: bytes.signed, signature: bytes.signature })
    : 'could-not-check'
  const signed = of.lines.find(({ verdict }) => verdict === 'passed')
  return [
    row('signature', signature, 'the certificate’s key signed the envelope', `key ${certificate.publicKeyHash}`),
    ...checkLogBody(of.body, facts),
    row(
      'proof',
      of.proof?.holds === true ? 'passed' : 'failed',
      `root ${logEntry.rootHash}`,
      `root ${of.proof?.root ?? 'none'}`,
    ),
    row(
      'checkpoint',
      signed === undefined ? 'failed' : 'passed',
      'signed with a key of the trusted root',
      signed === undefined ? 'by no one who is trusted' : `${signed.name}, key ${signed.keyHint}`,
    ),
    ...(promised === null ? [] : [promised.check]),
    timeCheck(facts, promised),
  ]
}

/**
 * Whether it was signed while the certificate was valid: by a timestamp, or without one by the signed entry timestamp.
 */
function timeCheck({ certificate, timestamps }: SignatureFacts, promised: Promised | null): Check {
  const expected = `signed between ${certificate.notBefore} and ${certificate.notAfter}`
  const [stamp] = timestamps
  const time = stamp ?? promised?.time
  if (time === undefined) return row('time', 'not-present', expected, 'no timestamp')
  const inLife = certificate.notBefore <= time && time <= certificate.notAfter
  if (stamp !== undefined) return row('time', inLife ? 'passed' : 'failed', expected, stamp)
  const trusted = promised?.check.verdict === 'passed'
  return row('time', trusted ? (inLife ? 'passed' : 'failed') : 'not-checked', expected, `${time}, as the log says`)
}

/** Rekor v1's signed entry timestamp, if there is one. */
function promiseOf({ logEntry }: SignatureFacts, logs: readonly TrustedLog[]): Promised | null {
  const { promise, logId, logIndex, canonicalizedBody } = logEntry
  if (promise === null) return null
  const log = logs.find((each) => each.logId === logId)
  const verdict =
    log === undefined ? 'failed' : checkPromise(promise, { body: canonicalizedBody, logId, logIndex }, log.publicKey)
  const time = isoOf(promise.integratedTime)
  const found = log === undefined ? 'by a log that is not trusted' : `signed ${time}`
  return {
    uuid: entryUuid(logEntry),
    shard: shardOf(logEntry),
    time,
    check: row(
      'promise',
      verdict,
      'signed with the key of the log',
      log !== undefined && verdict === 'failed' ? 'by another key' : found,
    ),
  }
}

/** When Rekor v1 says it added the bundle's entry; null if there is no signed entry timestamp. */
export function promisedTime(bundleJson: string): string | null {
  const facts = readBundleFacts(bundleJson)
  const promise = facts.ok ? facts.value.logEntry.promise : null
  return promise === null ? null : isoOf(promise.integratedTime)
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

const row = (id: string, verdict: Verdict, expected: string, found: string): Check => ({
  id,
  verdict,
  expected,
  found,
  ...(verdict === 'passed' ? {} : { remedy: 'Trust nothing that this entry says; sign the image again.' }),
})
