import crypto from 'node:crypto'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'

/**
 * Makes the library's trust material out of a trusted root's JSON. A log whose key has no time from which it counts is
 * refused: the library would take it for valid since ever, and the specification asks for that time
 * (protobuf-specs, sigstore_trustroot.proto, TransparencyLogInstance).
 */
export function readTrustMaterial(trustedRoot: string): Result<TrustMaterial> {
  const trust = readTrust(trustedRoot)
  return trust.ok ? ok(trust.value.material) : trust
}

/** A trusted root as it stands, and as the library takes it. */
export interface Trust {
  readonly root: TrustedRoot
  readonly material: TrustMaterial
}

/** Reads a trusted root as `readTrustMaterial` does. */
export function readTrust(trustedRoot: string): Result<Trust> {
  const known = read.get(trustedRoot)
  if (known !== undefined) return known
  const trust = makeTrust(trustedRoot)
  // A Map keeps the order of insertion: the first is the oldest.
  const [oldest] = read.keys()
  if (read.size === 4 && oldest !== undefined) read.delete(oldest)
  read.set(trustedRoot, trust)
  return trust
}

/** The last few that were read, by their text: the same one is asked for again and again. */
const read = new Map<string, Result<Trust>>()

// The file may be another one than was meant: no message repeats what it holds, and those of parsers do.
function makeTrust(trustedRoot: string): Result<Trust> {
  let value: unknown
  try {
    value = JSON.parse(trustedRoot)
  } catch {
    return err(unreadable('text that is not JSON'))
  }
  try {
    const root = TrustedRoot.fromJSON(value)
    const logs = [...root.tlogs, ...root.ctlogs]
    const endless = logs.findIndex((log) => log.publicKey?.validFor?.start === undefined)
    if (endless !== -1) return err(unreadable(`log ${endless + 1} of ${logs.length} without the start of its validity`))
    return ok({ root, material: toTrustMaterial(root) })
  } catch {
    return err(unreadable('JSON of another shape'))
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
