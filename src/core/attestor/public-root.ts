import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' }

/**
 * The trusted root (JSON) of the public Sigstore, as the npm package carries it whose bytes package-lock.json pins. It
 * is as old as that package.
 */
export const publicTrustedRoot = (): string =>
  Buffer.from(seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'], 'base64').toString('utf8')
