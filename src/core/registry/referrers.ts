import { type AppError, appError } from '../domain/app-error.ts'
import { type Digest, digestHex } from '../domain/oci/digest.ts'
import { registryApi } from '../domain/oci/image-reference.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { nextPage } from './http/next-page.ts'
import { invalidAnswer, isNotFound, parseBody, type Repository, read, skippedEntries } from './registry.ts'
import { acceptManifests, type ImageIndex, imageIndex, imageManifest, manifestTypes } from './registry-schema.ts'

/** Digests of the manifests that name an image as their subject. */
export interface Referrers {
  readonly digests: readonly Digest[]
  /** Why there may be more. Without it, these are all. */
  readonly unread?: AppError
}

const maxPages = 8
const maxReferrers = 64
const maxIndex = 1024 * 1024

/**
 * Lists the referrers of a digest: the referrers API with its pages, and the fallback tag that clients write if the API
 * is missing (OCI distribution spec 1.1, "listing referrers"). Nothing is filtered: what a list says about a manifest's
 * type is not reliable. One of the two is enough for what it lists, and an error means that neither could be read; but
 * only with both, and every page of them, is it certain that there are no others.
 */
export async function listReferrers(repository: Repository, digest: Digest): Promise<Result<Referrers>> {
  const lists = await Promise.all([fromApi(repository, digest), fromTag(repository, digest)])
  const [api, tag] = lists
  if (!api.ok && !tag.ok) return api
  const all = [...new Set(lists.flatMap((list) => (list.ok ? list.value.digests : [])))]
  const [unread] = [
    ...lists.flatMap((list) => (list.ok ? (list.value.unread ?? []) : list.error)),
    ...(all.length > maxReferrers ? [tooMany(repository)] : []),
  ]
  return ok({ digests: all.slice(0, maxReferrers), ...(unread !== undefined && { unread }) })
}

async function fromApi(repository: Repository, digest: Digest): Promise<Result<Referrers>> {
  const digests: Digest[] = []
  const list = `referrers/${digest}`
  const base = new URL(`https://${registryApi(repository.registry.host)}/v2/${repository.path}/${list}`)
  let query = ''
  let skipped: AppError | undefined
  for (let page = 0; ; page++) {
    if (page === maxPages || digests.length > maxReferrers) return ok({ digests, unread: tooMany(repository) })
    const answer = await read(repository, `${list}${query}`, maxIndex, manifestTypes.ociIndex)
    // A registry without the API does not know the path.
    if (!answer.ok && page === 0) return isNotFound(answer.error) ? ok({ digests }) : answer
    if (!answer.ok) return ok({ digests, unread: answer.error })
    const index = parseBody(imageIndex, answer.value.body)
    if (index === undefined) {
      const unread = invalidAnswer(repository, 'an index of referrers', 'another form')
      return page === 0 ? err(unread) : ok({ digests, unread })
    }
    digests.push(...index.manifests.map((manifest) => manifest.digest))
    skipped ??= skippedEntries(repository, list, index.unusable)
    const next = nextPage(answer.value.headers.get('link'), base)
    if (next.kind === 'last') return ok({ digests, ...(skipped !== undefined && { unread: skipped }) })
    // It is requested from this registry, whatever host is in the link: proxies do not always correct that.
    if (next.kind === 'unknown' || !decoded(next.url.pathname).endsWith(`/${list}`)) {
      const found = next.kind === 'unknown' ? 'a Link header that cannot be read' : 'another address'
      return ok({ digests, unread: invalidAnswer(repository, 'a next page of the same list', found) })
    }
    query = next.url.search
  }
}

async function fromTag(repository: Repository, digest: Digest): Promise<Result<Referrers>> {
  const tag = `manifests/sha256-${digestHex(digest)}`
  const answer = await read(repository, tag, maxIndex, acceptManifests)
  if (!answer.ok) return isNotFound(answer.error) ? ok({ digests: [] }) : answer
  const index = parseBody(imageIndex, answer.value.body)
  if (index !== undefined) return ok(listed(repository, tag, index))
  // An image under this tag was not written as a list of referrers.
  if (parseBody(imageManifest, answer.value.body) !== undefined) return ok({ digests: [] })
  return err(invalidAnswer(repository, `an index in ${tag}`, 'another form'))
}

function listed(repository: Repository, what: string, { manifests, unusable }: ImageIndex): Referrers {
  const unread = skippedEntries(repository, what, unusable)
  return { digests: manifests.map((manifest) => manifest.digest), ...(unread !== undefined && { unread }) }
}

const tooMany = ({ registry, path }: Repository): AppError =>
  appError(
    'registry.unusable',
    `${registry.host}/${path} has more referrers of the image than are read.`,
    'Delete referrers of the image that are not its signatures.',
    { expected: `at most ${maxReferrers} referrers`, found: 'more referrers than are read' },
  )

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
