import type { InspectedImage } from '../../containers/inspect/inspect.ts'
import { whatAndFound } from '../../domain/app-error.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import { ok, type Result } from '../../domain/result.ts'
import type { FlightCache } from '../cache/flight-cache.ts'
import type { ContainerRuntime, RunningContainer } from '../runtimes/runtime.ts'
import { isKnownThere, recordedPlaces } from './candidates.ts'
import type { GateSays } from './gate-log.ts'

export interface ImageTools {
  readonly runtime: ContainerRuntime
  /** Cached image descriptions. An id fixes the content; only the other names can change. */
  readonly images: FlightCache<Result<InspectedImage>>
  readonly signal: AbortSignal
}

export interface ImageGate {
  readonly says: GateSays
  /** Its places include the one that the container itself records; absent when the gate failed. */
  readonly image?: InspectedImage
}

/** Gate 2: the engine shows the image that the container was made from, by its immutable id. */
export async function imageGate(container: RunningContainer, tools: ImageTools): Promise<ImageGate> {
  const expected = 'the image that the container was made from, by its immutable id'
  const image = await imageOf(container, tools)
  if (image.ok) return { says: { verdict: 'passed', expected, found: image.value.id }, image: image.value }
  const { error } = image
  // A container runs from it, so if the engine does not find it, the result is undetermined.
  return { says: { verdict: 'could-not-check', expected, found: whatAndFound(error), remedy: error.remedy } }
}

async function imageOf(container: RunningContainer, tools: ImageTools): Promise<Result<InspectedImage>> {
  const { runtime, images, signal } = tools
  const ask = () => runtime.image(container.imageId, signal)
  const { value: image } = await images.get(imageKey(runtime, container.imageId), ask, (answer) => answer.ok)
  if (!image.ok) return image
  const { repoDigests } = image.value
  const manifest = await manifestOf(container, repoDigests, tools)
  if (!manifest.ok) return manifest
  const recorded = recordedPlaces({ ...container, manifest: manifest.value }, repoDigests)
  return ok({ ...image.value, repoDigests: [...recorded, ...repoDigests] })
}

/** Two runtimes know an image by different places. */
export const imageKey = ({ socket }: ContainerRuntime, id: Digest): string => `${socket} ${id}`

/** Podman reports the manifest of an image in its own API only; it is needed where the image's name has moved. */
async function manifestOf(
  { engine, imageId, imageName, manifest }: RunningContainer,
  repoDigests: readonly string[],
  { runtime, signal }: ImageTools,
): Promise<Result<Digest | undefined>> {
  if (
    engine !== 'podman' ||
    runtime.docker === undefined ||
    imageName === undefined ||
    isKnownThere(imageName, repoDigests)
  )
    return ok(manifest)
  const more = await runtime.docker.podmanImage(imageId, signal)
  return more.ok ? ok(more.value.manifest) : more
}
