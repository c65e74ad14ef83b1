import type { Digest } from '../domain/digest.ts'
import { parseImageReference } from '../domain/image-reference.ts'
import type { RegistryHost } from '../registry/registry-http.ts'

/** A place where the image claims to be. */
export interface Candidate {
  readonly registry: RegistryHost
  readonly path: string
  readonly digest: Digest
}

export interface Candidates {
  readonly named: readonly Candidate[]
  /** `host/path` on registries that the configuration does not name, and what cannot be read. */
  readonly skipped: readonly string[]
}

const maxCandidates = 8

/** Sorts an image's RepoDigests: an image can carry anybody's host there, so only named registries are asked. */
export function candidatesOf(repoDigests: readonly string[], registries: readonly RegistryHost[]): Candidates {
  const named: Candidate[] = []
  const skipped: string[] = []
  for (const text of repoDigests) {
    const reference = parseImageReference(withHost(text))
    const registry = reference.ok
      ? registries.find((each) => each.host.toLowerCase() === reference.value.registry.toLowerCase())
      : undefined
    if (!reference.ok || reference.value.digest === undefined || registry === undefined) {
      skipped.push(withHost(text).replace(/@.*$/, '').slice(0, 300))
    } else if (named.length === maxCandidates) {
      skipped.push(`${registry.host}/${reference.value.path}`)
    } else {
      named.push({ registry, path: reference.value.path, digest: reference.value.digest })
    }
  }
  return { named, skipped }
}

/** `host/path`, as the `repository` selector names it. */
export const repositoryName = (candidate: Candidate): string => `${candidate.registry.host}/${candidate.path}`

// The engine leaves Docker Hub's host out (distribution/reference, "familiar names").
function withHost(text: string): string {
  const [first = '', ...rest] = text.split('/')
  if (rest.length === 0) return `docker.io/library/${text}`
  return /[.:]|^localhost$/.test(first) ? text : `docker.io/${text}`
}
