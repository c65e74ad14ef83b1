import { type Digest, digestHex } from '../domain/oci/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { invalidAnswer, isNotFound, parseBody, type Repository, read } from './registry.ts'
import { acceptManifests, imageIndex, manifestTypes } from './registry-schema.ts'

/** Digests of the manifests that name an image as their subject. */
export interface Referrers {
  readonly digests: readonly Digest[]
  /** Whether there are more than are read. */
  readonly truncated: boolean
}

const maxPages = 8
const maxReferrers = 64
const maxIndex = 1024 * 1024

/**
 * Lists the referrers of a digest: the referrers API with its pages, and the fallback tag that clients write if the API
 * is missing (OCI distribution spec 1.1, "listing referrers"). Nothing is filtered: what a list says about a manifest's
 * type is not reliable. An empty list is certain; an error means unknown.
 */
export async function listReferrers(repository: Repository, digest: Digest): Promise<Result<Referrers>> {
  const [api, tag] = await Promise.all([fromApi(repository, digest), fromTag(repository, digest)])
  if (!api.ok) return api
  if (!tag.ok) return tag
  const all = [...new Set([...api.value.digests, ...tag.value])]
  return ok({
    digests: all.slice(0, maxReferrers),
    truncated: api.value.truncated || all.length > maxReferrers,
  })
}

async function fromApi(repository: Repository, digest: Digest): Promise<Result<Referrers>> {
  const digests: Digest[] = []
  const first = `referrers/${digest}`
  let next: string | undefined = first
  for (let page = 0; next !== undefined; page++) {
    if (page === maxPages || digests.length > maxReferrers) return ok({ digests, truncated: true })
    const answer = await read(repository, next, maxIndex, manifestTypes.ociIndex)
    // A registry without the API does not know the path.
    if (!answer.ok && page === 0 && isNotFound(answer.error)) return ok({ digests, truncated: false })
    if (!answer.ok) return answer
    const index = parseBody(imageIndex, answer.value.body)
    if (index === undefined) return err(invalidAnswer(repository, 'an index of referrers', 'another form'))
    digests.push(...index.manifests.map((manifest) => manifest.digest))
    const link: string | undefined = nextPage(answer.value.headers.get('link'), first)
    if (link === 'elsewhere') return err(invalidAnswer(repository, 'a next page of the same list', 'another address'))
    next = link
  }
  return ok({ digests, truncated: false })
}

/** The next page of this very list; a link to anything else is not followed. */
function nextPage(link: string | null, first: string): string | undefined {
  if (link === null) return undefined
  const [, target] = /<([^>]{1,2000})>\s*;\s*rel="?next"?/.exec(link) ?? []
  if (target === undefined) return undefined
  const at = target.indexOf(`/${first}?`)
  return at < 0 ? 'elsewhere' : target.slice(at + 1)
}

async function fromTag(repository: Repository, digest: Digest): Promise<Result<readonly Digest[]>> {
  const answer = await read(repository, `manifests/sha256-${digestHex(digest)}`, maxIndex, acceptManifests)
  if (!answer.ok) return isNotFound(answer.error) ? ok([]) : answer
  const index = parseBody(imageIndex, answer.value.body)
  // A tag of this name that is no index was not written as a list of referrers.
  return ok(index === undefined ? [] : index.manifests.map((manifest) => manifest.digest))
}
