import { type AppError, appError } from '../domain/app-error.ts'
import { maxBundleLength } from '../domain/bundle/bundle-schema.ts'
import { type Digest, digestHex } from '../domain/oci/digest.ts'
import { ok, type Result } from '../domain/result.ts'
import { listReferrers } from './referrers.ts'
import {
  isNotFound,
  isNotTaken,
  isUnreadable,
  maxManifest,
  type Repository,
  read,
  readBlob,
  readManifest,
  skippedEntries,
} from './registry.ts'
import { acceptManifests } from './registry-schema.ts'

/** A Sigstore bundle that a registry holds for a digest. */
export interface FoundBundle {
  /** Of the blob; the bytes have it. */
  readonly digest: Digest
  readonly json: string
}

export interface FoundBundles {
  readonly bundles: readonly FoundBundle[]
  /** What claimed to be a bundle and could not be used, each with the reason. */
  readonly rejected: readonly { readonly digest: Digest; readonly reason: string }[]
  /** Whether a referrer has a signature of the format before bundles (cosign 2, `--registry-referrers-mode=oci-1-1`). */
  readonly legacy: boolean
  /** Why there may be more than was read. Without it, these are all. */
  readonly unread?: AppError
}

/** The media type of a bundle, as the layer of a referrer. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** The media type of what the format before bundles signs (cosign, pkg/types/media.go). */
const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json'

const maxBundlesOfOne = 4
/** After this many failures the rest of a list is not requested. */
const maxFailures = 4

/**
 * Reads the bundles that refer to a digest. What cannot be read or used hides nothing else: a broken referrer is
 * reported in `rejected`, and what could not be read in `unread`. A registry of which no list could be read is an error.
 */
export async function readBundles(repository: Repository, digest: Digest): Promise<Result<FoundBundles>> {
  const referrers = await listReferrers(repository, digest)
  if (!referrers.ok) return referrers
  const bundles: FoundBundle[] = []
  const rejected: { digest: Digest; reason: string }[] = []
  let { unread } = referrers.value
  let failures = 0
  let legacy = false
  const failed = (digest: Digest, error: AppError): void => {
    // A list may name what has been deleted since.
    if (isNotFound(error)) return
    if (isUnreadable(error)) failures++
    else rejected.push({ digest, reason: reasonOf(error) })
    if (isUnreadable(error) || isNotTaken(error)) unread ??= error
  }
  for (const each of referrers.value.digests) {
    // Once it is cancelled, every read fails at once.
    if (failures >= maxFailures) break
    const manifest = await readManifest(repository, each)
    if (!manifest.ok) failed(each, manifest.error)
    if (!manifest.ok || manifest.value.kind !== 'image') continue
    const { layers, unusable } = manifest.value.image
    unread ??= skippedEntries(repository, `the referrer ${each}`, unusable)
    legacy ||= layers.some((layer) => layer.mediaType === simpleSigningType)
    const found = layers.filter((layer) => layer.mediaType === bundleType)
    if (found.length > maxBundlesOfOne) unread ??= tooManyBundles(repository, each)
    for (const layer of found.slice(0, maxBundlesOfOne)) {
      if (bundles.some((bundle) => bundle.digest === layer.digest)) continue
      const blob = await readBlob(repository, layer.digest, maxBundleLength)
      if (blob.ok) bundles.push({ digest: layer.digest, json: blob.value.toString('utf8') })
      else failed(layer.digest, blob.error)
    }
  }
  return ok({ bundles, rejected, legacy, ...(unread !== undefined && { unread }) })
}

const tooManyBundles = ({ registry, path }: Repository, digest: Digest): AppError =>
  appError(
    'registry.unusable',
    `The referrer ${digest} in ${registry.host}/${path} has more bundles than are read.`,
    'Sign the image with cosign sign, which writes a referrer of its own for each signature.',
    { expected: `at most ${maxBundlesOfOne} bundles in one referrer`, found: 'more bundles in one referrer' },
  )

/**
 * Whether a registry has a signature of the format before bundles, under the tag `sha256-<hex>.sig` (cosign 1 and 2).
 * It is only detected, to be named; its content is not read.
 */
export async function hasLegacySignature(repository: Repository, digest: Digest): Promise<boolean> {
  const found = await read(repository, `manifests/sha256-${digestHex(digest)}.sig`, maxManifest, acceptManifests)
  return found.ok
}

const reasonOf = (error: AppError): string =>
  error.expected === undefined
    ? error.what
    : `${error.what} Expected ${error.expected}, found ${error.found ?? 'nothing'}.`
