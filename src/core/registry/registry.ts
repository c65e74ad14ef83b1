import { type AppError, appError, type ErrorCode } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { type Digest, digestOf } from '../domain/oci/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { refused } from './refused.ts'
import { get, type HttpAnswer, type RegistryHost } from './registry-http.ts'
import { acceptManifests, type ImageIndex, type ImageManifest, imageIndex, imageManifest } from './registry-schema.ts'

/** A repository at a registry. */
export interface Repository {
  readonly registry: RegistryHost
  /** The path without the host. */
  readonly path: string
  readonly signal?: AbortSignal
}

/** A manifest whose bytes have the requested digest. */
export type Manifest =
  | { readonly kind: 'image'; readonly digest: Digest; readonly image: ImageManifest }
  | { readonly kind: 'index'; readonly digest: Digest; readonly index: ImageIndex }

/** The largest manifest that is read; the OCI distribution spec requires registries to accept 4 MiB. */
export const maxManifest = 4 * 1024 * 1024

/** Whether an error says that the thing is certainly not there, as opposed to "could not be read". */
export const isNotFound = (error: AppError): boolean => error.code === 'registry.not-found'

const unreadable: readonly ErrorCode[] = [
  'registry.unreachable',
  'registry.refused',
  'registry.too-many-requests',
  'registry.credentials',
  'registry.tls',
  'registry.tls-authority',
]

/** Whether an error means "unknown": the registry was silent, refused, or had trouble of its own. */
export const isUnreadable = (error: AppError): boolean => unreadable.includes(error.code)

/**
 * Whether an error means that a response was not accepted: it was too long, or redirected elsewhere. Its content is
 * unknown, but anyone who may write to a registry can cause this for one thing of many, which must not hide the others.
 */
export const isNotTaken = (error: AppError): boolean => error.code === 'registry.unusable'

/** Reads a manifest by digest. The bytes are hashed before they are parsed. */
export async function readManifest(repository: Repository, digest: Digest): Promise<Result<Manifest>> {
  const answer = await read(repository, `manifests/${digest}`, maxManifest, acceptManifests)
  if (!answer.ok) return answer
  const same = checkDigest(repository, digest, answer.value.body)
  return same.ok ? parseManifest(repository, digest, answer.value.body) : same
}

/** Reads a blob of at most this many bytes by digest; the bytes have that digest. */
export async function readBlob(repository: Repository, digest: Digest, maxBytes: number): Promise<Result<Buffer>> {
  const answer = await read(repository, `blobs/${digest}`, maxBytes)
  if (!answer.ok) return answer
  return checkDigest(repository, digest, answer.value.body)
}

/** Reads below `/v2/<path>/`. Everything but 200 is an error, and 404 one of its own. */
export async function read(
  repository: Repository,
  what: string,
  maxBytes: number,
  accept?: string,
): Promise<Result<HttpAnswer>> {
  const answer = await get({
    registry: repository.registry,
    path: `/v2/${repository.path}/${what}`,
    maxBytes,
    ...(accept === undefined ? {} : { accept }),
    ...(repository.signal === undefined ? {} : { signal: repository.signal }),
  })
  if (!answer.ok || answer.value.status === 200) return answer
  const { status } = answer.value
  const place = `${repository.registry.host}/${repository.path}`
  if (status === 404) {
    return err(
      appError('registry.not-found', `${place} does not have ${what}.`, 'Push it to the registry.', {
        expected: what,
        found: 'HTTP 404',
      }),
    )
  }
  const asked = { what: `${place} did not give out ${what}.`, expected: 'HTTP 200', registry: repository.registry }
  return err(refused(asked, answer.value))
}

/** Parses a body as what the registry spec allows in this place; `undefined` for anything else. */
export function parseBody<T>(
  schema: { safeParse: (value: unknown) => { success: true; data: T } | { success: false } },
  body: Buffer,
): T | undefined {
  const parsed = schema.safeParse(parseJson(body.toString('utf8')))
  return parsed.success ? parsed.data : undefined
}

/** The error for a complete response with invalid content. */
export const invalidAnswer = (repository: Repository, expected: string, found: string): AppError =>
  appError(
    'registry.invalid',
    `${repository.registry.host}/${repository.path} holds something that is not accepted.`,
    'Push the image again.',
    { expected, found },
  )

/** The error for entries of a list that were skipped; undefined when there are none. */
export function skippedEntries(
  { registry, path }: Repository,
  what: string,
  unusable: readonly string[],
): AppError | undefined {
  const [first] = unusable
  if (first === undefined) return undefined
  const others = unusable.length === 1 ? '' : ` (and ${unusable.length - 1} more)`
  return appError(
    'registry.invalid',
    `${what} in ${registry.host}/${path} has entries that cannot be used.`,
    'Write the list again with a sha256 digest, a size and a media type in every entry.',
    { expected: 'entries with a sha256 digest, a size and a media type', found: `${what}, ${first}${others}` },
  )
}

function checkDigest(repository: Repository, digest: Digest, body: Buffer): Result<Buffer> {
  const found = digestOf(body)
  return found === digest ? ok(body) : err(invalidAnswer(repository, `bytes with ${digest}`, `bytes with ${found}`))
}

function parseManifest(repository: Repository, digest: Digest, body: Buffer): Result<Manifest> {
  const image = parseBody(imageManifest, body)
  if (image !== undefined) return ok({ kind: 'image', digest, image })
  const index = parseBody(imageIndex, body)
  if (index !== undefined) return ok({ kind: 'index', digest, index })
  return err(invalidAnswer(repository, 'an image manifest or an index', 'another form'))
}
