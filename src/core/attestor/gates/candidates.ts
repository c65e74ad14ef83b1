import { type Digest, digestHex } from '../../domain/oci/digest.ts'
import {
  fromFamiliar,
  parseImageReference,
  registryKey,
  registryName,
  repositoryOf,
} from '../../domain/oci/image-reference.ts'
import type { RegistryHost } from '../../registry/registry-http.ts'
import type { RunningContainer } from '../runtimes/runtime.ts'

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

/**
 * The place that the container itself records, as `name@sha256:…`, unless the image's own list has it. An engine with
 * the containerd image store, and Podman, take a name off that list when it moves to another image; the container keeps
 * the name that it was made from. It is only looked up: the registry has to have exactly this image there.
 */
export function recordedPlaces(
  container: Pick<RunningContainer, 'imageId' | 'imageName' | 'engine'> & { readonly manifest?: Digest | undefined },
  repoDigests: readonly string[],
): readonly string[] {
  const { imageId, imageName = '', manifest, engine } = container
  const reference = parseImageReference(fromFamiliar(imageName))
  if (!reference.ok || isId(imageName, imageId)) return []
  // Docker with the containerd store names an image by its index or manifest; Podman, by its configuration.
  const reported = engine === 'podman' || manifest === undefined ? manifest : imageId
  const place = repositoryOf(reference.value)
  const digests = new Set([reference.value.digest, isKnownThere(imageName, repoDigests) ? undefined : reported])
  const known = new Set(repoDigests.map(fromFamiliar))
  return [...digests]
    .flatMap((digest) => (digest === undefined ? [] : [`${place}@${digest}`]))
    .filter((each) => !known.has(each))
}

/** Whether an image's list of places has the repository of a name. */
export function isKnownThere(name: string, repoDigests: readonly string[]): boolean {
  const reference = parseImageReference(fromFamiliar(name))
  if (!reference.ok) return false
  const place = `${repositoryOf(reference.value)}@`
  return repoDigests.some((each) => fromFamiliar(each).startsWith(place))
}

/** A container can be made from an image by the image's id, or by the beginning of that. */
const isId = (name: string, id: Digest): boolean => name.startsWith('sha256:') || digestHex(id).startsWith(name)

/** `host/path`, as the `repository` selector names it. */
export const repositoryName = (candidate: Candidate): string =>
  `${registryName(candidate.registry.host)}/${candidate.path}`
