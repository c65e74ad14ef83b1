import type { Digest } from '../../domain/oci/digest.ts'
import { fromFamiliar, parseImageReference, registryKey, registryName } from '../../domain/oci/image-reference.ts'
import type { RegistryHost } from '../../registry/registry-http.ts'

/** A place where the image claims to be. */
export interface Candidate {
  readonly registry: RegistryHost
  readonly path: string
  readonly digest: Digest
}

export interface Candidates {
  readonly named: readonly Candidate[]
  /** `host/path` on registries that the configuration does not name, and unreadable entries. */
  readonly skipped: readonly string[]
}

const maxCandidates = 8

/** Sorts an image's RepoDigests: an image can claim any host there, so only named registries are queried. */
export function candidatesOf(repoDigests: readonly string[], registries: readonly RegistryHost[]): Candidates {
  const named: Candidate[] = []
  const skipped: string[] = []
  for (const text of repoDigests) {
    const full = fromFamiliar(text)
    const reference = parseImageReference(full)
    const registry = reference.ok
      ? registries.find((each) => registryKey(each.host) === registryKey(reference.value.registry))
      : undefined
    if (!reference.ok || reference.value.digest === undefined || registry === undefined) {
      skipped.push(full.replace(/@.*$/, '').slice(0, 300))
    } else if (named.length === maxCandidates) {
      skipped.push(`${reference.value.registry}/${reference.value.path}`)
    } else {
      named.push({ registry, path: reference.value.path, digest: reference.value.digest })
    }
  }
  return { named, skipped }
}

/** `host/path`, as the `repository` selector names it. */
export const repositoryName = (candidate: Candidate): string =>
  `${registryName(candidate.registry.host)}/${candidate.path}`
