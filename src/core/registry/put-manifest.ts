import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readBounded } from './read-bounded.ts'
import type { Repository } from './registry.ts'

const maxAnswer = 64 * 1024

/**
 * Writes a manifest under a tag or its own digest, as whoever may push can. Answers whether the registry keeps lists of
 * referrers itself (the header `OCI-Subject`); everything but 201 is an error. No redirects, and no login.
 */
export async function putManifest(
  { registry, path, signal }: Repository,
  manifest: { readonly reference: string; readonly mediaType: string; readonly json: string },
): Promise<Result<{ readonly listsReferrers: boolean }>> {
  const url = `${registry.plainHttp ? 'http' : 'https'}://${registry.host}/v2/${path}/manifests/${manifest.reference}`
  const what = `A manifest was to be written to ${registry.host}/${path}.`
  try {
    const response = await fetch(url, {
      method: 'PUT',
      redirect: 'error',
      headers: { 'content-type': manifest.mediaType },
      body: manifest.json,
      ...(signal === undefined ? {} : { signal }),
    })
    const said = (await readBounded(response, maxAnswer))?.toString('utf8').slice(0, 300) ?? 'a long answer'
    if (response.status === 201) return ok({ listsReferrers: response.headers.has('oci-subject') })
    const found = `HTTP ${response.status}: ${said}`
    return err(appError('registry.refused', what, 'Read what the registry said.', { expected: 'HTTP 201', found }))
  } catch (error) {
    if (signal?.aborted === true) return err(appError('run.cancelled', `Cancelled: ${what}`, 'Start it again.'))
    const found = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no answer'
    const remedy = 'Start the registry, then do the step again.'
    return err(appError('registry.unreachable', what, remedy, { expected: `an answer from ${registry.host}`, found }))
  }
}
