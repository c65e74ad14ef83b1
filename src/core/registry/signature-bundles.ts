import type { AppError } from '../domain/app-error.ts'
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
  /** Why there may be more than was read. */
  readonly unread?: string
}

/** The media type of a bundle, as the layer of a referrer. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/**
 * Reads the bundles that refer to a digest. A broken referrer is reported in `rejected` and does not hide the others; a
 * registry that does not respond is an error.
 */
export async function readBundles(repository: Repository, digest: Digest): Promise<Result<FoundBundles>> {
  const referrers = await listReferrers(repository, digest)
  if (!referrers.ok) return referrers
  const bundles: FoundBundle[] = []
  const rejected: { digest: Digest; reason: string }[] = []
  let unread = referrers.value.truncated ? 'more referrers than are read' : undefined
  const reject = (digest: Digest, error: AppError): void => {
    rejected.push({ digest, reason: reasonOf(error) })
    if (isNotTaken(error)) unread ??= `${digest}: ${reasonOf(error)}`
  }
  for (const each of referrers.value.digests) {
    const manifest = await readManifest(repository, each)
    if (!manifest.ok) {
      if (isUnreadable(manifest.error)) return manifest
      // A list may name what has been deleted since.
      if (!isNotFound(manifest.error)) reject(each, manifest.error)
      continue
    }
    if (manifest.value.kind !== 'image') continue
    for (const layer of manifest.value.image.layers.filter((layer) => layer.mediaType === bundleType).slice(0, 4)) {
      if (bundles.some((bundle) => bundle.digest === layer.digest)) continue
      const blob = await readBlob(repository, layer.digest, maxBundleLength)
      if (blob.ok) bundles.push({ digest: layer.digest, json: blob.value.toString('utf8') })
      else if (isUnreadable(blob.error)) return blob
      else reject(layer.digest, blob.error)
    }
  }
  return ok({ bundles, rejected, ...(unread !== undefined && { unread }) })
}

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
