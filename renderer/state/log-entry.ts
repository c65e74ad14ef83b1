import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { readBundleFacts, type SignatureFacts } from '../../src/core/domain/bundle.ts'
import { type CheckpointLine, checkpointLines } from '../../src/core/domain/checkpoint-lines.ts'
import { type LogBody, readLogBody } from '../../src/core/domain/log-body.ts'
import { type Checkpoint, parseCheckpoint } from '../../src/core/domain/log-entry.ts'
import { checkPromise } from '../../src/core/domain/log-promise.ts'
import { checkSignature } from '../../src/core/domain/public-key.ts'
import { err, ok, type Result } from '../../src/core/domain/result.ts'
import {
  type CheckedTimestamp,
  checkTimestamp,
  readTimestamp,
  type Timestamp,
} from '../../src/core/domain/timestamp.ts'
import { readTrustedRoot, type TrustedLog } from '../../src/core/domain/trust.ts'
import type { Check, Verdict } from '../../src/core/domain/verdict.ts'
import { readCertificate } from '../../src/core/domain/x509.ts'
import { type Proof, type ProofFacts, recompute } from './proof.ts'

/** One value on the way from the image to the log, and whether it follows from the one before, computed here. */
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
  readonly checks: readonly Check[]
}

/** Reads the bundle and computes all of it again; `digest` is what the registry calls the image. */
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
    checks: [...crossChecks(facts, body, proof, lines), ...promiseCheck(facts, root.value.logs)],
  })
}

function derivationOf(facts: SignatureFacts, body: LogBody, digest: string | null): readonly Derived[] {
  const { bytes, subjectDigest, predicateType, signedHash, logEntry } = facts
  const computed = bytesToHex(sha256(bytes.signed))
  // A dsse entry is about the payload alone, a hashedrekord about all that the signature covers.
  const logged = body.kind === 'dsse' || body.kind === 'intoto' ? bytesToHex(sha256(bytes.payload)) : computed
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
      value: body.hash ?? 'none',
      verdict: body.hash === null ? 'could-not-check' : same(body.hash, logged),
    },
    { name: 'Leaf', says: 'SHA-256 of 00 and the entry', value: logEntry.leafHash, verdict: 'passed' },
  ]
}

const same = (a: string, b: string): Verdict => (a === b ? 'passed' : 'failed')

function crossChecks(
  facts: SignatureFacts,
  body: LogBody,
  proof: Proof | undefined,
  lines: readonly CheckpointLine[],
): readonly Check[] {
  const { bytes, certificate, logEntry, signedHash, timestamps } = facts
  const leaf = readCertificate(bytes.certificate)
  const signature = leaf.ok
    ? checkSignature({ spki: leaf.value.der.spki, message: bytes.signed, signature: bytes.signature })
    : 'could-not-check'
  const logged = body.certificate === null ? undefined : bytesToHex(sha256(body.certificate))
  const hash = body.kind === 'hashedrekord' ? signedHash : bytesToHex(sha256(bytes.payload))
  const [time] = timestamps
  const inLife = time !== undefined && certificate.notBefore <= time && time <= certificate.notAfter
  const signed = lines.find(({ verdict }) => verdict === 'passed')
  return [
    row('signature', signature, 'the certificate’s key signed the envelope', `key ${certificate.publicKeyHash}`),
    row(
      'certificate',
      logged === undefined ? 'not-present' : same(logged, certificate.fingerprint),
      `the certificate of the bundle, ${certificate.fingerprint}`,
      logged ?? 'no certificate in the entry',
    ),
    row('hash', body.hash === null ? 'not-present' : same(body.hash, hash), `the hash ${hash}`, body.hash ?? 'none'),
    row(
      'proof',
      proof?.holds === true ? 'passed' : 'failed',
      `root ${logEntry.rootHash}`,
      `root ${proof?.root ?? 'none'}`,
    ),
    row(
      'checkpoint',
      signed === undefined ? 'failed' : 'passed',
      'signed with a key of the trusted root',
      signed === undefined ? 'by nobody that is trusted' : `${signed.name}, key ${signed.keyHint}`,
    ),
    row(
      'time',
      time === undefined ? 'not-present' : inLife ? 'passed' : 'failed',
      `signed between ${certificate.notBefore} and ${certificate.notAfter}`,
      time ?? 'no time stamp',
    ),
  ]
}

/** Rekor v1's promise, where there is one. */
function promiseCheck({ logEntry }: SignatureFacts, logs: readonly TrustedLog[]): readonly Check[] {
  const { promise, logId, logIndex, canonicalizedBody } = logEntry
  if (promise === null) return []
  const log = logs.find((each) => each.logId === logId)
  const verdict =
    log === undefined ? 'failed' : checkPromise(promise, { body: canonicalizedBody, logId, logIndex }, log.publicKey)
  const found = log === undefined ? 'by a log that is not trusted' : `signed ${isoOf(promise.integratedTime)}`
  return [row('promise', verdict, 'signed with the key of the log', verdict === 'failed' ? 'by somebody else' : found)]
}

const isoOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

const row = (id: string, verdict: Verdict, expected: string, found: string): Check => ({
  id,
  verdict,
  expected,
  found,
  ...(verdict === 'passed' ? {} : { remedy: 'Trust nothing that this entry says; sign the image again.' }),
})
