import type { ProfileFile } from './profile-schema.ts'

/** Where a profile leads this program: shown to a person before it is saved. */
export interface LedTo {
  readonly title: string
  readonly file: string
  /** Hosts that will be contacted, as origins or `host:port`. */
  readonly hosts: readonly string[]
  /** Files, folders and sockets that will be opened. */
  readonly paths: readonly string[]
}

/** Asks a person whether a profile may be saved. */
export type ConfirmProfile = (profile: LedTo) => Promise<boolean>

/** Every host and every path that a profile names, each once. */
export function ledTo(profile: ProfileFile, file: string): LedTo {
  const { title } = profile
  if (profile.kind === 'sandbox') return { title, file, hosts: [], paths: [] }
  const { registry, spire } = profile
  const texts = textsIn(profile)
  const origins = texts.filter((text) => /^https?:\/\//.test(text)).map((text) => new URL(text).origin)
  const servers = spire !== 'ours' && 'server' in spire ? [spire.server] : []
  return {
    title,
    file,
    hosts: [...new Set([...origins, registry.host, ...servers])],
    paths: [...new Set(texts.filter((text) => text.startsWith('/')))],
  }
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []
