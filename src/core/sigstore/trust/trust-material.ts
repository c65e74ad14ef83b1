import crypto from 'node:crypto'
import { CertificateAuthority, PublicKeyDetails, TransparencyLogInstance, TrustedRoot } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { LRUCache } from 'lru-cache'
import {
  notOneJson,
  readTrustedRoot,
  type TrustedAuthority,
  type trustedLists,
  unreadableRoot,
  unusableEntry,
} from '../../domain/certificates/trust.ts'
import { isObject, parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'

/** Creates the library's trust material from a trusted root's JSON, as `readTrust` does. */
export function readTrustMaterial(trustedRoot: string): Result<TrustMaterial> {
  const trust = readTrust(trustedRoot)
  return trust.ok ? ok(trust.value.material) : trust
}

/** The entries of a trusted root that this program cannot use, one sentence each; none for one that is no trusted root. */
export function unusableEntries(trustedRoot: string): readonly string[] {
  const trust = readTrust(trustedRoot)
  return trust.ok ? trust.value.unusable : []
}

/** A trusted root as text, and in the library's form. */
export interface Trust {
  readonly root: TrustedRoot
  readonly material: TrustMaterial
  /** Timestamp authorities in our own form: their timestamps are verified here. */
  readonly timestampAuthorities: readonly TrustedAuthority[]
  /** Entries that this program cannot use, one sentence each. They count as if they were not there. */
  readonly unusable: readonly string[]
}

/**
 * Reads a trusted root. An entry whose key or certificate this program cannot use is left out and reported: often it is
 * a log that was retired long ago, and every other entry is still good. A log whose key has no start of validity
 * rejects all: the library would treat it as always valid, and the specification requires that time (protobuf-specs,
 * sigstore_trustroot.proto, TransparencyLogInstance).
 */
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
  if (value === undefined) return err(notOneJson(trustedRoot))
  const own = readTrustedRoot(trustedRoot)
  if (!own.ok || !isObject(value)) return err(unreadableRoot('JSON of another shape'))
  const endless = startless(value)
  if (endless !== undefined) return err(unreadableRoot(endless))
  const made = makeMaterial(value)
  return ok({ ...made, timestampAuthorities: own.value.timestampAuthorities })
}

const logLists = ['tlogs', 'ctlogs'] as const

function startless(root: Readonly<Record<string, unknown>>): string | undefined {
  const logs = logLists.flatMap((list) => listOf(root, list))
  const at = logs.findIndex((log) => !hasStart(log))
  return at === -1 ? undefined : `log ${at + 1} of ${logs.length} without the start of its validity`
}

function hasStart(log: unknown): boolean {
  const key = isObject(log) ? log['publicKey'] : undefined
  const period = isObject(key) ? key['validFor'] : undefined
  return isObject(period) && typeof period['start'] === 'string' && !Number.isNaN(Date.parse(period['start']))
}

const listOf = (root: Readonly<Record<string, unknown>>, list: keyof typeof trustedLists): readonly unknown[] => {
  const entries = root[list]
  return Array.isArray(entries) ? entries : []
}

/** Entry by entry: the library throws for the first one whose key or certificate it cannot use. */
function makeMaterial(value: Readonly<Record<string, unknown>>): Pick<Trust, 'root' | 'material' | 'unusable'> {
  const root = TrustedRoot.fromJSON({ mediaType: value['mediaType'] })
  const material = toTrustMaterial(root)
  const unusable: string[] = []
  const add = (list: keyof typeof trustedLists, use: (entry: unknown) => void): void => {
    for (const [at, entry] of listOf(value, list).entries()) {
      try {
        use(entry)
      } catch {
        const what = list === 'tlogs' || list === 'ctlogs' ? 'key' : 'certificates'
        unusable.push(unusableEntry(list, at, `this program cannot read its ${what}`))
      }
    }
  }
  for (const list of logLists) {
    add(list, (entry) => {
      const log = TransparencyLogInstance.fromJSON(entry)
      material[list].push(...toTrustMaterial({ ...empty, [list]: [asSpki(log)] })[list])
      root[list].push(log)
    })
  }
  for (const list of ['certificateAuthorities', 'timestampAuthorities'] as const) {
    add(list, (entry) => {
      const authority = CertificateAuthority.fromJSON(entry)
      material[list].push(...toTrustMaterial({ ...empty, [list]: [authority] })[list])
      root[list].push(authority)
    })
  }
  return { root, material, unusable }
}

const empty: TrustedRoot = TrustedRoot.fromJSON({})

const inPkcs1: readonly PublicKeyDetails[] = [PublicKeyDetails.PKCS1_RSA_PKCS1V5, PublicKeyDetails.PKCS1_RSA_PSS]

/**
 * The library reads every RSA key as PKCS #1; keys whose kind begins with PKIX are SubjectPublicKeyInfo
 * (https://github.com/sigstore/sigstore-js/issues/1072). By the kind it chooses nothing else.
 */
function asSpki(log: TransparencyLogInstance): TransparencyLogInstance {
  const { publicKey } = log
  return publicKey === undefined || inPkcs1.includes(publicKey.keyDetails)
    ? log
    : { ...log, publicKey: { ...publicKey, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256 } }
}

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
