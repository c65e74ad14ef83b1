import { z } from 'zod'
import { type Digest, parseDigest } from '../domain/oci/digest.ts'

const digest = z.string().transform((text, context): Digest => {
  const parsed = parseDigest(text)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'not sha256:<hex>' })
  return z.NEVER
})

const descriptor = z.object({
  mediaType: z.string().max(255),
  digest,
  size: z.number().int().nonnegative(),
})

const platform = z.object({ os: z.string(), architecture: z.string() })

// A platform of another form counts as none: who looks for one has to look into the manifest.
const manifestDescriptor = descriptor.extend({ platform: platform.optional().catch(undefined) })

interface Entries<T> {
  readonly usable: readonly T[]
  /** Why entries were skipped. */
  readonly unusable: readonly string[]
}

/** A list in which an entry that cannot be used hides no other. Programs written in Go write null for an empty list. */
const entriesOf = <T>(entry: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .max(500)
    .nullable()
    .transform((list): Entries<T> => {
      const usable: T[] = []
      const unusable: string[] = []
      for (const [at, each] of (list ?? []).entries()) {
        const parsed = entry.safeParse(each)
        if (parsed.success) usable.push(parsed.data)
        else unusable.push(`entry ${at + 1}: ${reasonOf(parsed.error)}`)
      }
      return { usable, unusable }
    })

function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues
  const path = issue?.path.join('.') ?? ''
  return path === '' ? (issue?.message ?? 'another form') : `${path}: ${issue?.message}`
}

/** A field that is absent, or null, which in Go is the same. */
const absent = z.null().optional()

/** Media types of the requested manifests. */
export const manifestTypes = {
  ociImage: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const

/** The value of an Accept header. */
export const acceptManifests = Object.values(manifestTypes).join(', ')

/** An image manifest, OCI or Docker schema 2. Other fields are ignored. */
export const imageManifest = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.enum([manifestTypes.ociImage, manifestTypes.dockerImage]).nullish(),
    config: descriptor,
    layers: entriesOf(descriptor),
    // Only an index has it: with both present, two readers could each take it for the other kind.
    manifests: absent,
  })
  .transform(({ config, layers }) => ({ config, layers: layers.usable, unusable: layers.unusable }))

/** An index of manifests, which is also what a list of referrers is. */
export const imageIndex = z
  .object({
    schemaVersion: z.literal(2),
    mediaType: z.enum([manifestTypes.ociIndex, manifestTypes.dockerIndex]).nullish(),
    manifests: entriesOf(manifestDescriptor),
    config: absent,
    layers: absent,
  })
  .transform(({ manifests }) => ({ manifests: manifests.usable, unusable: manifests.unusable }))

export type ImageManifest = z.output<typeof imageManifest>
export type ImageIndex = z.output<typeof imageIndex>
