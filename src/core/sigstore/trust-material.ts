import crypto from 'node:crypto'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'

/**
 * Makes the library's trust material out of a trusted root's JSON. A log whose key has no time from which it counts is
 * refused: the library would take it for valid since ever, and the specification asks for that time
 * (protobuf-specs, sigstore_trustroot.proto, TransparencyLogInstance).
 */
export function readTrustMaterial(trustedRoot: string): Result<TrustMaterial> {
  const known = read.get(trustedRoot)
  if (known !== undefined) return known
  const material = makeTrustMaterial(trustedRoot)
  // A Map keeps the order of insertion: the first is the oldest.
  const [oldest] = read.keys()
  if (read.size === 4 && oldest !== undefined) read.delete(oldest)
  read.set(trustedRoot, material)
  return material
}

/** The last few that were read, by their text: the same one is asked for again and again. */
const read = new Map<string, Result<TrustMaterial>>()

function makeTrustMaterial(trustedRoot: string): Result<TrustMaterial> {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(trustedRoot))
    const endless = [...root.tlogs, ...root.ctlogs].find((log) => log.publicKey?.validFor?.start === undefined)
    if (endless !== undefined) return err(unreadable(`the log ${endless.baseUrl} without the start of its validity`))
    return ok(toTrustMaterial(root))
  } catch (error) {
    return err(unreadable(error instanceof Error ? error.message : 'another shape'))
  }
}

const unreadable = (found: string) =>
  appError('sigstore.trusted-root', 'The trusted root cannot be read.', 'Make the trusted root again.', {
    expected: 'a Sigstore TrustedRoot as JSON',
    found,
  })

/**
 * Whether this run-time can verify at all. The library calls `crypto.verify` without a digest, which BoringSSL
 * (Electron) refuses; the library takes that for a bad signature. So a signature that is known to be good is tried
 * first, and the answer is "could not check" where even that one is refused.
 */
export function canVerify(): boolean {
  supported ??= probe()
  return supported
}

let supported: boolean | undefined

function probe(): boolean {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const data = Buffer.from('known to be good')
  try {
    return crypto.verify(undefined, data, publicKey, crypto.sign('sha256', data, privateKey))
  } catch {
    return false
  }
}
