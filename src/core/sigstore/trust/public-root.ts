import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' }
import { publicMirror } from './tuf-root.ts'

// As in the npm package whose bytes package-lock.json pins.
const seed = seeds[publicMirror]
const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

/** The trusted root (JSON) of the public Sigstore. It is as old as the package. */
export const publicTrustedRoot = (): string => text(seed.targets['trusted_root.json'])

/** The root metadata (JSON) of the public Sigstore's TUF repository: newer ones are followed from there. */
export const publicRootMetadata = (): string => text(seed['root.json'])
