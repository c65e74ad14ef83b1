import { type Bundle, bundleFromJSON, ValidationError } from '@sigstore/bundle'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { bundleMediaTypes } from '../../domain/bundle/bundle-schema.ts'
import { isIndexOfProof } from '../../domain/log/log-entry.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { parseStrictJson } from '../../domain/strict-json.ts'
import { hasBundleFields } from './bundle-fields.ts'

// What the library does not check: it accepts every version number, with any suffix, and picks one of a union's
// members.
const frame = z
  .looseObject({
    mediaType: z.enum(bundleMediaTypes),
    verificationMaterial: z.looseObject({}).refine(hasOne('publicKey', 'x509CertificateChain', 'certificate')),
  })
  .refine(hasOne('messageSignature', 'dsseEnvelope'))

/**
 * Parses a bundle's JSON for the library: the one entry point, for image signatures and for any other bundle. Garbage
 * is an error that quotes nothing of it; nothing is verified.
 */
export function readBundle(json: string): Result<Bundle> {
  const parsed = parseStrictJson(json)
  if (!parsed.ok) return err(unreadable('a bundle in JSON, each key once', parsed.error))
  const { value } = parsed
  if (!hasBundleFields(value)) return err(unreadable('the fields of a bundle', 'another one, or one of another kind'))
  const framed = frame.safeParse(value)
  if (!framed.success) {
    const aboutType = framed.error.issues.some(({ path }) => path[0] === 'mediaType')
    return aboutType
      ? err(unreadable(`one of the media types ${bundleMediaTypes.join(', ')}`, 'another media type, or none'))
      : err(unreadable('a bundle with one key or certificate, and one signature', 'another shape'))
  }
  try {
    const bundle = bundleFromJSON(value)
    const wrong = bundle.verificationMaterial.tlogEntries.findIndex((entry) => !indexed(entry))
    if (wrong === -1) return ok(bundle)
    return err(
      unreadable('log entries with the index that their proof is about', `another index in entry ${wrong + 1}`),
    )
  } catch (error) {
    // Names of fields, not their values. Other errors repeat what they could not parse.
    const fields = error instanceof ValidationError ? `without a valid ${error.fields.join(', ')}` : 'another shape'
    return err(unreadable('a Sigstore bundle', fields))
  }
}

const indexed = ({
  logIndex,
  inclusionPromise,
  inclusionProof,
}: Pick<
  Bundle['verificationMaterial']['tlogEntries'][number],
  'logIndex' | 'inclusionPromise' | 'inclusionProof'
>): boolean =>
  isIndexOfProof({
    logIndex,
    promise: inclusionPromise ?? null,
    ...(inclusionProof === undefined ? {} : { proofIndex: inclusionProof.logIndex }),
  })

/** With two of a union's members present, two readers could each use a different one. */
function hasOne(...members: readonly string[]): (value: Readonly<Record<string, unknown>>) => boolean {
  return (value) => members.filter((member) => value[member] !== undefined).length === 1
}

const unreadable = (expected: string, found: string) =>
  appError('sigstore.bundle-invalid', 'This bundle cannot be read.', 'Sign again, with a current client.', {
    expected,
    found,
  })
