import * as z from 'zod'
import { appError } from '../domain/app-error.ts'
import { type Digest, digestHex, digestOf } from '../domain/oci/digest.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { putManifest } from './put-manifest.ts'
import { listReferrers } from './referrers.ts'
import { invalidAnswer, isNotFound, maxManifest, parseBody, type Repository, read, readManifest } from './registry.ts'
import { acceptManifests, manifestTypes } from './registry-schema.ts'
import { bundleType } from './signature-bundles.ts'

/** A manifest that was written, as anyone could write it with curl. */
export interface WrittenManifest {
  /** A digest or a tag. */
  readonly reference: string
  readonly mediaType: string
  readonly json: string
}

/** What was copied, and where it is now. */
export interface CopiedSignature {
  readonly bundle: Digest
  readonly referrer: Digest
  readonly written: readonly WrittenManifest[]
}

const anyManifest = z.looseObject({ mediaType: z.string().optional(), artifactType: z.string().optional() })
const anyIndex = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) })

/**
 * Copies the first signature of one image to another in the same repository: the same bundle in a referrer about the
 * other image, listed under the fallback tag unless the registry keeps such lists itself (OCI distribution spec 1.1,
 * "pushing manifests with subject"). Registries accept this from any client that may push: they store, they do not
 * judge. An image without a signature is an error.
 */
export async function copySignature(
  repository: Repository,
  from: Digest,
  to: Digest,
): Promise<Result<CopiedSignature>> {
  const source = await firstSignature(repository, from)
  if (!source.ok) return source
  const target = await rawManifest(repository, to)
  if (!target.ok) return target
  const subject = { mediaType: target.value.mediaType, digest: to, size: target.value.size }
  const json = JSON.stringify({ ...source.value.manifest, subject })
  const referrer = digestOf(Buffer.from(json))
  const manifest = { reference: referrer, mediaType: manifestTypes.ociImage, json }
  const put = await putManifest(repository, manifest)
  if (!put.ok) return put
  const { bundle } = source.value
  if (put.value.listsReferrers) return ok({ bundle, referrer, written: [manifest] })
  const entry = {
    mediaType: manifestTypes.ociImage,
    digest: referrer,
    size: Buffer.byteLength(json),
    artifactType: source.value.manifest.artifactType ?? bundleType,
  }
  const list = await withReferrer(repository, to, entry)
  if (!list.ok) return list
  const listed = await putManifest(repository, list.value)
  return listed.ok ? ok({ bundle, referrer, written: [manifest, list.value] }) : listed
}

type Signature = { readonly manifest: z.output<typeof anyManifest>; readonly bundle: Digest }

async function firstSignature(repository: Repository, of: Digest): Promise<Result<Signature>> {
  const referrers = await listReferrers(repository, of)
  if (!referrers.ok) return referrers
  let { unread } = referrers.value
  for (const digest of referrers.value.digests) {
    const checked = await readManifest(repository, digest)
    if (!checked.ok) {
      unread ??= checked.error
      continue
    }
    const layers = checked.value.kind === 'image' ? checked.value.image.layers : []
    const layer = layers.find(({ mediaType }) => mediaType === bundleType)
    if (layer === undefined) continue
    const raw = await rawManifest(repository, digest)
    if (!raw.ok) return raw
    return ok({ manifest: raw.value.manifest, bundle: layer.digest })
  }
  if (unread !== undefined) return err(unread)
  return err(
    appError('registry.not-signed', 'There is no signature to copy.', 'Sign the image, then copy again.', {
      expected: `a signature of ${of}`,
      found: 'none',
    }),
  )
}

interface RawManifest {
  readonly manifest: z.output<typeof anyManifest>
  readonly mediaType: string
  /** In bytes. */
  readonly size: number
}

/** A manifest with all its fields, to be written again; its bytes have the digest. */
async function rawManifest(repository: Repository, digest: Digest): Promise<Result<RawManifest>> {
  const answer = await read(repository, `manifests/${digest}`, maxManifest, acceptManifests)
  if (!answer.ok) return answer
  const { body, headers } = answer.value
  const manifest = parseBody(anyManifest, body)
  if (manifest === undefined || digestOf(body) !== digest) {
    return err(invalidAnswer(repository, `a manifest with ${digest}`, 'another'))
  }
  const mediaType = manifest.mediaType ?? headers.get('content-type') ?? manifestTypes.ociImage
  return ok({ manifest, mediaType, size: body.length })
}

/** The list of an image's referrers, with one more entry. */
async function withReferrer(
  repository: Repository,
  to: Digest,
  entry: { readonly digest: string },
): Promise<Result<WrittenManifest>> {
  const reference = `sha256-${digestHex(to)}`
  const there = await read(repository, `manifests/${reference}`, maxManifest, manifestTypes.ociIndex)
  if (!there.ok && !isNotFound(there.error)) return there
  const before = there.ok ? (parseBody(anyIndex, there.value.body)?.manifests ?? []) : []
  const manifests = [...before.filter(({ digest }) => digest !== entry.digest), entry]
  const mediaType = manifestTypes.ociIndex
  return ok({ reference, mediaType, json: JSON.stringify({ schemaVersion: 2, mediaType, manifests }) })
}
