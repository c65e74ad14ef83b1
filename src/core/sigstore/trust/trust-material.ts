import crypto from 'node:crypto'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { LRUCache } from 'lru-cache'
import { appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'

/**
 * Creates the library's trust material from a trusted root's JSON. A log whose key has no start of validity is refused:
 * the library would treat it as always valid, and the specification requires that time (protobuf-specs,
 * sigstore_trustroot.proto, TransparencyLogInstance).
 */
export function readTrustMaterial(trustedRoot: string): Result<TrustMaterial> {
  const trust = readTrust(trustedRoot)
  return trust.ok ? ok(trust.value.material) : trust
}

/** A trusted root as text, and in the library's form. */
export interface Trust {
  readonly root: TrustedRoot
  readonly material: TrustMaterial
}

/** Reads a trusted root as `readTrustMaterial` does. */
export function readTrust(trustedRoot: string): Result<Trust> {
  const known = read.get(trustedRoot)
  if (known !== undefined) return known
  const trust = makeTrust(trustedRoot)
  read.set(trustedRoot, trust)
  return trust
}

/** The last few that were read, by their text: the same one is requested repeatedly. */
const read = new LRUCache<string, Result<Trust>>({ max: 4 })

// It may be the wrong file: no message repeats its content, as a parser's message would.
function makeTrust(trustedRoot: string): Result<Trust> {
  const value = parseJson(trustedRoot)
  if (value === undefined) return err(unreadable('text that is not JSON'))
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
 * Whether this runtime can verify at all. The library calls `crypto.verify` without a digest, which BoringSSL
 * (Electron) refuses; the library treats that as a bad signature. So a known good signature is tried first, and the
 * result is "could not check" if even that one is refused.
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
