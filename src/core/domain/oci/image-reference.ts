import { appError } from '../app-error.ts'
import { err, ok, type Result } from '../result.ts'
import { type Digest, parseDigest } from './digest.ts'

/** `host[:port]/path[:tag][@digest]`, with the host always present. */
export interface ImageReference {
  readonly registry: string
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}

// The grammar of the OCI distribution spec 1.1, section "pulling manifests", and of distribution/reference. The grammar
// allows IPv6 addresses in brackets, too; nothing here supports them, and a reference with one is refused.
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
const port = ':(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'
const host = `${label}(?:\\.${label})*(?:${port})?`

/** A registry’s `host[:port]` as it stands in image references. */
export const registryPattern = new RegExp(`^${host}$`)

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^(${host})/(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
)

/** Docker Hub's name in image references; its older one and that of its API are aliases. */
const dockerHub = 'docker.io'
const dockerHubApi = 'registry-1.docker.io'

/** Whether a registry's name is one of Docker Hub's. */
export const isDockerHub = (host: string): boolean => registryName(host) === dockerHub

/** A registry's canonical name in image references: Docker Hub has several names. */
export const registryName = (host: string): string =>
  ['index.docker.io', dockerHubApi].includes(host.toLowerCase()) ? dockerHub : host

/** The comparable form of a registry's name: host names are case-insensitive. */
export const registryKey = (host: string): string => registryName(host).toLowerCase()

/** `host[:port]` of the registry's API: Docker Hub's differs from its name in image references. */
export const registryApi = (host: string): string => (isDockerHub(host) ? dockerHubApi : host)

/**
 * A full reference from one as Docker Engine shows it, which leaves Docker Hub's host out, and `library` before names
 * of one part (distribution/reference, "familiar names"). Others stay unchanged.
 */
export function fromFamiliar(text: string): string {
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return `${dockerHub}/library/${text}`
  if (!/[.:]|^localhost$/.test(first)) return `${dockerHub}/${text}`
  const host = registryName(first)
  return host === dockerHub && rest.length === 1 ? `${host}/library/${rest[0]}` : `${host}/${rest.join('/')}`
}

/** Parses a full image reference. A reference without a host, with a leading `-` or of over 512 characters is refused. */
export function parseImageReference(text: string): Result<ImageReference> {
  const match = text.length <= 512 ? reference.exec(text) : null
  const [, registry, path, tag, digest] = match ?? []
  if (registry === undefined || path === undefined || !/[.:]|^localhost$/.test(registry)) {
    return err(
      appError(
        'config.image-reference',
        'This is not a full image reference.',
        'Write it as HOST[:PORT]/PATH[:TAG][@sha256:HEX].',
        {
          expected: 'HOST[:PORT]/PATH[:TAG][@sha256:HEX]',
          found: JSON.stringify(text.slice(0, 200)),
        },
      ),
    )
  }
  const parsed = parseDigest(digest)
  return ok({ registry, path, ...(tag ? { tag } : {}), ...(parsed ? { digest: parsed } : {}) })
}

/** `host/path`, which is what the `repository` selector names. */
export const repositoryOf = (image: ImageReference): string => `${image.registry}/${image.path}`

/** Writes a reference out again. */
export const formatImageReference = (image: ImageReference): string =>
  `${repositoryOf(image)}${image.tag ? `:${image.tag}` : ''}${image.digest ? `@${image.digest}` : ''}`
