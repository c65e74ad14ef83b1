import { bytesOfBase64 } from '../../../src/core/domain/bundle/bundle-encoding.ts'
import { fulcioGroup, isFulcioOid } from '../../../src/core/domain/certificates/certificate-extensions.ts'
import { type Chain, chainOf, checkFulcioCertificate } from '../../../src/core/domain/certificates/fulcio-checks.ts'
import { derOfPem } from '../../../src/core/domain/certificates/pem.ts'
import { poisonOid } from '../../../src/core/domain/certificates/sct.ts'
import { type CheckedSct, checkScts } from '../../../src/core/domain/certificates/sct-checks.ts'
import { readTrustedRoot, type TrustedLog } from '../../../src/core/domain/certificates/trust.ts'
import { type Certificate, extensionOf, readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import {
  extensionOids,
  type ShownExtension,
  shownExtension,
} from '../../../src/core/domain/certificates/x509-extensions.ts'
import { type CheckpointLine, checkpointLines } from '../../../src/core/domain/log/checkpoint-lines.ts'
import { type CtEntry, type CtLogReadBack, readCtEntry } from '../../../src/core/domain/log/ct-entry.ts'
import { type Checkpoint, parseCheckpoint } from '../../../src/core/domain/log/log-entry.ts'
import { err, ok, type Result } from '../../../src/core/domain/result.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'
import { type Proof, type ProofFacts, recompute } from '../log-entry/proof.ts'

/** Everything that the certificate's page shows, computed from the certificate, the trusted root, and the CT log. */
export interface CertificateReport {
  readonly certificate: Certificate
  readonly who: readonly ShownExtension[]
  readonly how: readonly ShownExtension[]
  readonly source: readonly ShownExtension[]
  readonly old: readonly ShownExtension[]
  /** Extensions that are not Fulcio's, and those of Fulcio's that this program does not know. */
  readonly others: readonly ShownExtension[]
  readonly chain: Chain
  readonly checks: readonly Check[]
  /** Undefined when the list of SCTs cannot be read. */
  readonly scts: readonly CheckedSct[] | undefined
  readonly kept: KeptPromise | null
}

/** Whether the CT log contains what its SCT promises, recomputed. */
export interface KeptPromise {
  readonly checkpoint: Checkpoint
  readonly lines: readonly CheckpointLine[]
  readonly entry: CtEntry
  /** Whether the precertificate carries the critical poison extension. */
  readonly poisoned: boolean
  readonly facts: ProofFacts
  readonly proof: Proof | undefined
  readonly files: readonly string[]
  readonly checks: readonly Check[]
}

/** Reads the certificate and recomputes everything. A certificate or trusted root that cannot be read is an error. */
export function certificateReport(
  pem: string,
  trustedRootJson: string,
  ctLog: CtLogReadBack | null,
): Result<CertificateReport> {
  const read = readCertificate(derOfPem(pem) ?? new Uint8Array())
  if (!read.ok) return err(read.error)
  const root = readTrustedRoot(trustedRootJson)
  if (!root.ok) return err(root.error)
  const certificate = read.value
  const shown = certificate.extensions.map(shownExtension)
  const inGroup = (group: ReturnType<typeof fulcioGroup>): readonly ShownExtension[] =>
    shown.filter(({ oid }) => isFulcioOid(oid) && fulcioGroup(oid) === group)
  const chain = chainOf(certificate, root.value.certificateAuthorities)
  const scts = checkScts(certificate, chain.above[0], root.value.ctLogs)
  return ok({
    certificate,
    who: [...shown.filter(({ oid }) => oid === extensionOids.subjectAlternativeName), ...inGroup('who')],
    how: inGroup('how'),
    source: inGroup('source'),
    old: inGroup('old'),
    others: shown.filter(({ oid }) => !isFulcioOid(oid) || fulcioGroup(oid) === 'unknown'),
    chain,
    checks: checkFulcioCertificate(certificate, chain),
    scts,
    kept: ctLog === null ? null : keptPromise(ctLog, scts?.[0]?.leafHash ?? null, root.value.ctLogs),
  })
}

function keptPromise(log: CtLogReadBack, promised: string | null, logs: readonly TrustedLog[]): KeptPromise | null {
  const checkpoint = parseCheckpoint(log.checkpoint)
  const entry = readCtEntry(bytesOfBase64(log.entry) ?? new Uint8Array())
  if (!checkpoint.ok || entry === undefined) return null
  const { treeSize, rootHash } = checkpoint.value
  const { leafHash } = entry
  const facts = { proofIndex: log.index, treeSize, rootHash, leafHash, proofHashes: log.proofHashes }
  const proof = recompute(facts)
  const lines = checkpointLines(checkpoint.value, logs, 'ct')
  const submitted = readCertificate(entry.precertificate)
  return {
    checkpoint: checkpoint.value,
    lines,
    entry,
    poisoned: submitted.ok && extensionOf(submitted.value, poisonOid)?.critical === true,
    facts,
    proof,
    files: log.files,
    checks: [
      kept('entry', leafHash === promised, `the promised leaf, ${promised ?? 'which cannot be computed'}`, leafHash),
      kept('proof', proof?.holds === true, `root ${rootHash}`, `root ${proof?.root ?? 'none'}`),
      kept(
        'checkpoint',
        lines.some(({ verdict }) => verdict === 'passed'),
        'a signature of the trusted log’s key',
        lines.map(({ name, keyHint }) => `${name}, key ${keyHint}`).join('; '),
      ),
    ],
  }
}

const kept = (id: string, good: boolean, expected: string, found: string): Check => ({
  id,
  verdict: good ? 'passed' : 'failed',
  expected,
  found,
  ...(good ? {} : { remedy: 'Do not trust this log: it did not keep what it promised.' }),
})
