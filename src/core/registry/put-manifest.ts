import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { refused } from './refused.ts'
import type { Repository } from './registry.ts'
import { put } from './registry-http.ts'

const maxAnswer = 64 * 1024

/**
 * Writes a manifest under a tag or its own digest, as any client that may push can; a registry that requires a login
 * gets the one in `access`. Returns whether the registry keeps lists of referrers itself (the header `OCI-Subject`);
 * everything but 201 is an error. No redirects.
 */
export async function putManifest(
  { registry, path, signal }: Repository,
  manifest: { readonly reference: string; readonly mediaType: string; readonly json: string },
): Promise<Result<{ readonly listsReferrers: boolean }>> {
  const what = `A manifest was to be written to ${registry.host}/${path}.`
  const answer = await put({
    registry,
    path: `/v2/${path}/manifests/${manifest.reference}`,
    put: { mediaType: manifest.mediaType, text: manifest.json },
    maxBytes: maxAnswer,
    ...(signal === undefined ? {} : { signal }),
  })
  if (signal?.aborted === true) return err(appError('run.cancelled', `Cancelled: ${what}`, 'Start it again.'))
  if (!answer.ok) return answer
  if (answer.value.status === 201) return ok({ listsReferrers: answer.value.headers.has('oci-subject') })
  return err(refused({ what, expected: 'HTTP 201', registry, wrote: true }, answer.value))
}
