import { join } from 'node:path'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readRegularText } from '../files/read-regular.ts'
import { repositoryOf } from '../sigstore/trust/trust-root.ts'
import { fetchTrustedRoot, keptTrustedRoot } from '../sigstore/trust/tuf-root.ts'
import type { ServicesProfile } from './profile-schema.ts'

/** A trusted root as it was read. */
export interface RootText {
  readonly json: string
  /** Its source and age, in words. */
  readonly notes: readonly string[]
}

/** The trusted root of a profile, from its file or by TUF. `cache` is the folder for what is fetched. */
export async function trustedRootOf(
  { sigstore: { trustedRoot, caFile } }: ServicesProfile,
  cache: string,
  signal: AbortSignal,
): Promise<Result<RootText>> {
  return typeof trustedRoot === 'string' ? fromFile(trustedRoot) : byTuf({ ...trustedRoot.tuf, caFile }, cache, signal)
}

function fromFile(file: string): Result<RootText> {
  // Anyone who can write it decides which signatures count.
  const json = readRegularText(file, { maxBytes: 16 * 1024 * 1024, protected: true, privateGroup: true })
  if (json.ok) return ok({ json: json.value, notes: [] })
  const error = { expected: json.error.expected, found: json.error.found }
  return err(appError('sigstore.trusted-root', 'The trusted root cannot be read.', `Look at ${file}.`, error))
}

/** The newest one of the repository; if it does not respond, the last fetched one, with its age. */
async function byTuf(
  tuf: { readonly mirror: string; readonly root?: string | undefined; readonly caFile: string | undefined },
  cache: string,
  signal: AbortSignal,
): Promise<Result<RootText>> {
  const repository = await repositoryOf({ ...tuf, cache: join(cache, 'tuf') })
  if (!repository.ok) return repository
  const fetched = await fetchTrustedRoot(repository.value, signal)
  if (fetched.ok) return ok({ json: fetched.value.json, notes: [`by TUF, until ${fetched.value.expires}`] })
  const kept = await keptTrustedRoot(repository.value)
  if (!kept.ok) return fetched
  return ok({ json: kept.value.json, notes: [`by TUF, offline: confirmed last at ${kept.value.confirmedAt}`] })
}
