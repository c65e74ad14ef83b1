import { type AppError, appError } from '../../domain/app-error.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import {
  isNotFound,
  isNotTaken,
  isUnreadable,
  type Repository,
  readManifest,
  skippedEntries,
} from '../../registry/registry.ts'
import type { ImageIndex } from '../../registry/registry-schema.ts'
import { type Candidate, type Candidates, repositoryName } from './candidates.ts'
import type { GateSays } from './gate-log.ts'

/** The image's digests in the registry: those that a signature may name. */
export interface Holder {
  readonly candidate: Candidate
  readonly subjects: readonly Digest[]
}

export interface RegistryGate {
  readonly says: GateSays
  readonly holders: readonly Holder[]
  /** Places that could not be read: with these, "no signature" is not certain. */
  readonly unknown: readonly Unread[]
}

/** What could not be read, and what to do about it. */
export interface Unread {
  readonly found: string
  readonly remedy: string
}

/** The image that runs, as the engine describes it. */
export interface RunningImage {
  readonly id: Digest
  readonly os: string
  readonly architecture: string
  /** The manifest of the platform that runs, where the engine's id is that of an index. */
  readonly manifest?: Digest
}

const maxPlatforms = 8

/** Gate 3: a registry that the configuration names has exactly this image. */
export async function registryGate(
  image: RunningImage,
  candidates: Candidates,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<RegistryGate> {
  const expected = `${hosts.join(' or ')} has the image ${image.id}`
  const remedy = `Push the image to ${hosts.join(' or ')}.`
  if (candidates.named.length === 0) {
    const found =
      candidates.skipped.length === 0
        ? 'the image was never pushed or pulled'
        : `only places that are not asked: ${candidates.skipped.slice(0, 4).join(', ')}`
    // Made by an id, for example, after the name had moved: then the engine does not know where it came from.
    const more = `${remedy} If it is there already, pull it by its digest and start the container by that.`
    return { says: { verdict: 'not-present', expected, found, remedy: more }, holders: [], unknown: [] }
  }
  const looks = await Promise.all(candidates.named.map((candidate) => look(image, candidate, signal)))
  const holders = looks.flatMap((each) => (each.kind === 'holds' ? [each.holder] : []))
  const unknown = looks.flatMap((each) => (each.kind === 'could-not-check' ? [each] : []))
  const others = looks.flatMap((each) => (each.kind === 'holds' ? [] : [each]))
  const [first] = holders
  if (first !== undefined) {
    const found = `${repositoryName(first.candidate)}@${first.candidate.digest} is this image`
    return { says: { verdict: 'passed', expected, found }, holders, unknown }
  }
  const worst = ['could-not-check', 'failed', 'not-present'] as const
  const verdict = worst.find((kind) => others.some((each) => each.kind === kind)) ?? 'not-present'
  const found = others.find((each) => each.kind === verdict)?.found ?? 'nothing'
  return {
    says: {
      verdict,
      expected,
      found,
      remedy: verdict === 'could-not-check' ? (unknown[0]?.remedy ?? remedy) : remedy,
    },
    holders,
    unknown,
  }
}

/** The fix for a registry that could not be read; a refusal is not cached. */
export const remedyForNext = ({ remedy }: AppError): string => `${remedy} The next attestation asks it again.`

const isUndetermined = (error: AppError): boolean => isUnreadable(error) || isNotTaken(error)

type Look =
  | { readonly kind: 'holds'; readonly holder: Holder }
  | { readonly kind: 'failed' | 'not-present'; readonly found: string }
  | ({ readonly kind: 'could-not-check' } & Unread)

async function look(image: RunningImage, candidate: Candidate, signal: AbortSignal): Promise<Look> {
  const found = await lookAt(image, candidate, signal)
  const { manifest } = image
  if (found.kind !== 'not-present' || manifest === undefined || candidate.digest !== image.id) return found
  // With the containerd image store, Docker pushes of an index only the platforms that it has: then this one manifest.
  const pushed = await lookAt(image, { ...candidate, digest: manifest }, signal)
  return pushed.kind === 'not-present' ? found : pushed
}

async function lookAt(image: RunningImage, candidate: Candidate, signal: AbortSignal): Promise<Look> {
  const repository: Repository = { registry: candidate.registry, path: candidate.path, signal }
  const place = `${repositoryName(candidate)}@${candidate.digest}`
  const manifest = await readManifest(repository, candidate.digest)
  if (!manifest.ok) {
    const found = `${place}: ${manifest.error.found ?? manifest.error.what}`
    if (isNotFound(manifest.error)) return { kind: 'not-present', found }
    return isUndetermined(manifest.error)
      ? { kind: 'could-not-check', found, remedy: remedyForNext(manifest.error) }
      : { kind: 'failed', found }
  }
  // With the containerd image store an image's id is the digest of its manifest or index.
  if (candidate.digest === image.id || candidate.digest === image.manifest) {
    const { manifest: platform } = image
    const listed =
      manifest.value.kind === 'index' && manifest.value.index.manifests.some((each) => each.digest === platform)
    const subjects = listed && platform !== undefined ? [candidate.digest, platform] : [candidate.digest]
    return { kind: 'holds', holder: { candidate, subjects } }
  }
  if (manifest.value.kind === 'image') {
    return manifest.value.image.config.digest === image.id
      ? { kind: 'holds', holder: { candidate, subjects: [candidate.digest] } }
      : { kind: 'failed', found: `${place} is the image ${manifest.value.image.config.digest}` }
  }
  return lookIntoIndex(image, candidate, repository, manifest.value.index)
}

async function lookIntoIndex(
  image: RunningImage,
  candidate: Candidate,
  repository: Repository,
  index: ImageIndex,
): Promise<Look> {
  const place = `${repositoryName(candidate)}@${candidate.digest}`
  const direct = index.manifests.find(({ digest }) => digest === image.id)
  if (direct !== undefined) return { kind: 'holds', holder: { candidate, subjects: [candidate.digest, direct.digest] } }
  const isOurs = ({ platform }: ImageIndex['manifests'][number]): boolean =>
    platform?.os === image.os && platform.architecture === image.architecture
  // An entry without a platform can be for any.
  const possible = [...index.manifests.filter(isOurs), ...index.manifests.filter((each) => each.platform === undefined)]
  let unread = skippedEntries(repository, `the index ${candidate.digest}`, index.unusable)
  for (const { digest } of possible.slice(0, maxPlatforms)) {
    const manifest = await readManifest(repository, digest)
    if (!manifest.ok && isUndetermined(manifest.error)) unread ??= manifest.error
    if (manifest.ok && manifest.value.kind === 'image' && manifest.value.image.config.digest === image.id) {
      return { kind: 'holds', holder: { candidate, subjects: [candidate.digest, digest] } }
    }
  }
  if (possible.length > maxPlatforms) unread ??= tooManyPlatforms(place)
  if (unread !== undefined) {
    return { kind: 'could-not-check', found: `${place}: ${unread.found ?? unread.what}`, remedy: remedyForNext(unread) }
  }
  return { kind: 'failed', found: `${place} is an index without this image` }
}

const tooManyPlatforms = (place: string): AppError =>
  appError(
    'registry.unusable',
    `${place} is an index with more images for this platform than are read.`,
    'Push the image itself, or an index with fewer images for one platform.',
    {
      expected: `at most ${maxPlatforms} images for one platform`,
      found: 'more images for this platform than are read',
    },
  )
