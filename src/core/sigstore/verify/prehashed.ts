import { constants, type KeyObject, publicDecrypt, timingSafeEqual } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'

const curves = { prime256v1: p256, secp384r1: p384, secp521r1: p521 } as const

/** DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1): the prefix of the hash in a PKCS #1 v1.5 signature. */
const sha256Info = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/**
 * Whether a signature is over the bytes with this SHA-256, when the bytes themselves are not available. Node offers no
 * such check. ECDSA with SHA-256, and RSA PKCS #1 v1.5; `undefined` for a key that signs no hash (Ed25519).
 */
export function verifyPrehashed(key: KeyObject, sha256: Uint8Array, signature: Uint8Array): boolean | undefined {
  if (key.asymmetricKeyType === 'ec') {
    const curve = Object.entries(curves).find(([name]) => name === key.asymmetricKeyDetails?.namedCurve)?.[1]
    if (curve === undefined) return undefined
    const { x = '', y = '' } = key.export({ format: 'jwk' })
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    try {
      // lowS: a signature and its mirror image are both valid for the key, here as in Node.
      return curve.verify(signature, sha256, point, { prehash: false, format: 'der', lowS: false })
    } catch {
      return false
    }
  }
  if (key.asymmetricKeyType === 'rsa') {
    try {
      const found = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
      const expected = Buffer.concat([sha256Info, sha256])
      return found.length === expected.length && timingSafeEqual(found, expected)
    } catch {
      return false
    }
  }
  return undefined
}
