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
export const imageManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.enum([manifestTypes.ociImage, manifestTypes.dockerImage]).optional(),
  artifactType: z.string().max(255).optional(),
  config: descriptor,
  layers: z.array(descriptor).max(500),
  // Only an index has it: with both present, two readers could each take it for the other kind.
  manifests: z.undefined().optional(),
})

/** An index of manifests, which is also what a list of referrers is. */
export const imageIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.enum([manifestTypes.ociIndex, manifestTypes.dockerIndex]).optional(),
  manifests: z
    .array(
      descriptor.extend({
        platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
      }),
    )
    .max(500),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
})

export type ImageManifest = z.output<typeof imageManifest>
export type ImageIndex = z.output<typeof imageIndex>
