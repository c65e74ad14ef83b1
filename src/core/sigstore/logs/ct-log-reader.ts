import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { base64Of } from '../../domain/bundle/bundle-encoding.ts'
import { issuerKeyHash, precertificateBody, promisedLeafHash, type Sct, sctsOf } from '../../domain/certificates/sct.ts'
import { readTrustedRoot, type TrustedLog, unknownLog } from '../../domain/certificates/trust.ts'
import { type Certificate, isSignedBy, readCertificate } from '../../domain/certificates/x509.ts'
import { checkpointLines } from '../../domain/log/checkpoint-lines.ts'
import { type CtLogReadBack, readCtEntry } from '../../domain/log/ct-entry.ts'
import { type Checkpoint, parseCheckpoint } from '../../domain/log/log-entry.ts'
import { proofOf, rootOfProof } from '../../domain/log/merkle.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { entryCount } from './entry-count.ts'
import { ctLayout, TileError, TileFiles, tilesIn, unreadableTiles } from './tile-files.ts'

/** The checks of reading a certificate back from the CT log. */
export type CtCheckId = 'ct-checkpoint' | 'ct-entry' | 'ct-proof'

export interface CtReadBack {
  readonly log: CtLogReadBack
  readonly checks: readonly Check<CtCheckId>[]
}

/**
 * Checks whether a CT log fulfilled a certificate's SCT: reads the entry with the SCT's leaf index from the log's tiles
 * and recomputes its inclusion proof. Three checks: the newest checkpoint is signed with the trusted root's key; the
 * entry is the promised one; the recomputed proof leads to the checkpoint's root. An error means that there was nothing
 * to look for, or that the tiles could not be read.
 */
export async function readPromiseBack(options: {
  /** The folder with `checkpoint` and `tile/`. */
  readonly tiles: string
  /** The trusted root's JSON. */
  readonly trustedRoot: string
  /** The leaf certificate in DER. */
  readonly certificate: Uint8Array
}): Promise<Result<CtReadBack>> {
  const promise = readPromise(options.certificate, options.trustedRoot)
  if (!promise.ok) return promise
  const files = new TileFiles(tilesIn(options.tiles), ctLayout)
  try {
    const text = (await files.read('checkpoint')).toString('utf8')
    const checkpoint = parseCheckpoint(text)
    if (!checkpoint.ok) return checkpoint
    return await keeping(files, promise.value, checkpoint.value, text)
  } catch (error) {
    if (!(error instanceof TileError)) throw error
    return err(unreadableTiles(error))
  }
}

interface Promised {
  readonly index: bigint
  readonly leafHash: string
  readonly log: TrustedLog
}

function readPromise(der: Uint8Array, trustedRoot: string): Result<Promised> {
  const root = readTrustedRoot(trustedRoot)
  if (!root.ok) return root
  const certificate = readCertificate(der)
  if (!certificate.ok) return certificate
  const [sct] = sctsOf(certificate.value) ?? []
  const log = root.value.ctLogs.find(({ logId }) => logId === sct?.logId)
  if (sct === undefined || log === undefined) return err(unknownLog(sct?.logId ?? 'none', root.value.ctLogs.length))
  const authorities = root.value.certificateAuthorities.flatMap(({ chain }) => chain.slice(0, 1))
  const issuer = authorities.map(readCertificate).find((read) => read.ok && isIssuer(certificate.value, read.value))
  const leafHash = issuer?.ok === true ? leafHashOf(certificate.value, sct, issuer.value) : undefined
  if (sct.leafIndex === null || leafHash === undefined) {
    return err(unreadableTiles(new TileError('an SCT with a leaf index, in a certificate of a trusted Fulcio', 'none')))
  }
  return ok({ index: BigInt(sct.leafIndex), leafHash, log })
}

const isIssuer = (certificate: Certificate, issuer: Certificate): boolean =>
  isSignedBy(certificate, issuer) === 'passed'

function leafHashOf(certificate: Certificate, sct: Sct, issuer: Certificate): string | undefined {
  const body = precertificateBody(certificate)
  return body === undefined ? undefined : promisedLeafHash({ sct, body, issuerKeyHash: issuerKeyHash(issuer) })
}

async function keeping(
  files: TileFiles,
  promised: Promised,
  checkpoint: Checkpoint,
  text: string,
): Promise<Result<CtReadBack>> {
  const size = BigInt(checkpoint.treeSize)
  const { index } = promised
  if (index >= size)
    throw new TileError(`a log of more than ${entryCount(index)}`, `a checkpoint of ${entryCount(size)}`)
  const bytes = await files.entry(index, size)
  const entry = readCtEntry(bytes)
  const proof = await proofOf(index, size, (level, at) => files.subtree(level, at, size))
  const leafHash = entry?.leafHash ?? ''
  const root = entry === undefined ? undefined : rootOfProof(hexToBytes(leafHash), index, size, proof)
  const found = root === undefined ? 'none' : bytesToHex(root)
  const signed = checkpointLines(checkpoint, [promised.log], 'ct').some(({ verdict }) => verdict === 'passed')
  return ok({
    log: {
      checkpoint: text,
      index: String(index),
      entry: base64Of(bytes),
      proofHashes: proof.map((hash) => bytesToHex(hash)),
      files: files.names(),
    },
    checks: [
      checked('ct-checkpoint', signed, {
        expected: `the newest checkpoint is signed with the key of CT log ${promised.log.logId}`,
        found: `origin ${checkpoint.origin}, ${entryCount(checkpoint.treeSize)}`,
      }),
      checked('ct-entry', leafHash === promised.leafHash, {
        expected: `leaf hash ${promised.leafHash}, as the certificate\u2019s SCT promises`,
        found: entry === undefined ? 'no precertificate' : `leaf hash ${leafHash}, entry ${index}`,
      }),
      checked('ct-proof', found === checkpoint.rootHash, {
        expected: `root ${checkpoint.rootHash}, as in the newest checkpoint`,
        found: `root ${found}, from ${proof.length} recomputed hashes`,
      }),
    ],
  })
}

const checked = (
  id: CtCheckId,
  passed: boolean,
  text: { readonly expected: string; readonly found: string },
): Check<CtCheckId> => ({
  id,
  verdict: passed ? 'passed' : 'failed',
  ...text,
  ...(passed ? {} : { remedy: 'Do not trust this log: it did not keep what it promised.' }),
})
