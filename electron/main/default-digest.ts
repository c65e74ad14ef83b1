import crypto from 'node:crypto'

/**
 * Electron's BoringSSL knows no default digest: where Node's OpenSSL takes SHA-256 for an EC or RSA key when none is
 * named, it throws, and the library that verifies Sigstore bundles takes that for a bad signature. From here on the
 * default is SHA-256, as in Node. Ed25519 names no digest anywhere.
 */
export function nameDefaultDigest(): void {
  crypto.verify = new Proxy(crypto.verify, {
    apply: (verify, self, [algorithm, data, key, ...rest]: readonly unknown[]): unknown =>
      Reflect.apply(verify, self, [algorithm ?? defaultDigest(key), data, key, ...rest]),
  })
}

function defaultDigest(key: unknown): 'sha256' | undefined {
  // A key may be given as an object together with its padding or encoding.
  if (typeof key === 'object' && key !== null && 'key' in key) return defaultDigest(key.key)
  const read = typeof key === 'string' || Buffer.isBuffer(key) ? crypto.createPublicKey(key) : key
  const type = read instanceof crypto.KeyObject ? read.asymmetricKeyType : undefined
  return type === 'ec' || type === 'rsa' ? 'sha256' : undefined
}
