import { join } from 'node:path'

/**
 * Where the sandbox keeps what outlives a session. All below its one folder, so that it appears and disappears as one.
 */
export function identityFiles(folder: string) {
  const keys = join(folder, 'keys')
  return {
    folder,
    keys,
    facts: join(folder, 'sandbox.json'),
    issuer: join(keys, 'issuer.json'),
    fulcioKey: join(keys, 'fulcio.key.pem'),
    ctLogKey: join(keys, 'ct-log.key.pem'),
    rekorKey: join(keys, 'rekor.key.pem'),
    timestampKey: join(keys, 'timestamp.key.pem'),
    fulcioChain: join(folder, 'fulcio.chain.pem'),
    timestampChain: join(folder, 'timestamp.chain.pem'),
    ctLogPublicKey: join(folder, 'ct-log.pub.pem'),
    rekorPublicKey: join(folder, 'rekor.pub.pem'),
    trustedRoot: join(folder, 'trusted_root.json'),
    ctTiles: join(folder, 'ct-log'),
    rekorTiles: join(folder, 'rekor'),
    registryData: join(folder, 'registry'),
  } as const
}

export type IdentityFiles = ReturnType<typeof identityFiles>
