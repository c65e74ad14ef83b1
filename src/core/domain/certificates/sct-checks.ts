import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Check } from '../verdict.ts'
import { checkSignature, keyName } from './public-key.ts'
import { issuerKeyHash, precertificateBody, promisedLeafHash, type Sct, sctsOf, signedBytes } from './sct.ts'
import type { TrustedLog } from './trust.ts'
import type { Certificate } from './x509.ts'

/** How an SCT was checked, step by step, as RFC 6962 section 3.2 asks. */
export interface CheckedSct {
  readonly sct: Sct
  /** The log that the trusted root names; null for an unknown one. */
  readonly log: TrustedLog | null
  readonly steps: readonly Check<SctStepId>[]
  /** The leaf that fulfils the SCT, lower-case hex; null if it cannot be computed. */
  readonly leafHash: string | null
}

export type SctStepId = 'precertificate' | 'issuer-key' | 'log-key' | 'signature'

/** Checks every SCT of a certificate. Undefined when the list cannot be read; none when there is no SCT. */
export function checkScts(
  certificate: Certificate,
  issuer: Certificate | undefined,
  logs: readonly TrustedLog[],
): readonly CheckedSct[] | undefined {
  const body = precertificateBody(certificate)
  return sctsOf(certificate)?.map((sct) => {
    const log = logs.find(({ logId }) => logId === sct.logId) ?? null
    const promised =
      body === undefined || issuer === undefined ? undefined : { sct, body, issuerKeyHash: issuerKeyHash(issuer) }
    return {
      sct,
      log,
      leafHash: promised === undefined ? null : promisedLeafHash(promised),
      steps: [bodyStep(body), issuerStep(issuer), logStep(sct, log), signatureStep(sct, log, promised)],
    }
  })
}

function bodyStep(body: Uint8Array | undefined): Check<SctStepId> {
  const expected = 'the certificate’s body without its list of SCTs: what Fulcio submitted, less its poison'
  return body === undefined
    ? { id: 'precertificate', verdict: 'failed', expected, found: 'no list to take out', remedy: again }
    : {
        id: 'precertificate',
        verdict: 'passed',
        expected,
        found: `${body.length} bytes, SHA-256 ${bytesToHex(sha256(body))}`,
      }
}

function issuerStep(issuer: Certificate | undefined): Check<SctStepId> {
  const expected = 'SHA-256 of the key of the authority that issued the certificate'
  return issuer === undefined
    ? { id: 'issuer-key', verdict: 'could-not-check', expected, found: 'no trusted authority issued it', remedy: again }
    : { id: 'issuer-key', verdict: 'passed', expected, found: bytesToHex(issuerKeyHash(issuer)) }
}

function logStep(sct: Sct, log: TrustedLog | null): Check<SctStepId> {
  const expected = `the trusted root has the key of log ${sct.logId}`
  return log === null
    ? { id: 'log-key', verdict: 'failed', expected, found: 'unknown log', remedy: 'Add the log to the trusted root.' }
    : { id: 'log-key', verdict: 'passed', expected, found: `${keyName(log.publicKey)}, of ${log.baseUrl}` }
}

function signatureStep(
  sct: Sct,
  log: TrustedLog | null,
  promised: Parameters<typeof signedBytes>[0] | undefined,
): Check<SctStepId> {
  const expected = 'the log signed version, timestamp, entry type, issuer key hash and precertificate'
  if (log === null || promised === undefined || sct.version !== 0) {
    const found = sct.version === 0 ? 'an earlier step failed' : `version ${sct.version + 1}`
    return { id: 'signature', verdict: 'not-checked', expected, found }
  }
  const verdict = checkSignature({ spki: log.publicKey, message: signedBytes(promised), signature: sct.signature })
  const found = `${sct.signatureAlgorithm} with ${sct.hashAlgorithm}, ${sct.signature.length} bytes`
  return { id: 'signature', verdict, expected, found, ...(verdict === 'passed' ? {} : { remedy: again }) }
}

const again = 'Sign the image again; Fulcio adds the SCT of its CT log.'
