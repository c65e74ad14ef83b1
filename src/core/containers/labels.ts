import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { folders } from '../machine/folders.ts'
import { pidNamespace } from '../process/pid-namespace.ts'
import { removeContainerTraces } from './engine/container-traces.ts'
import type { Engine } from './engine/engine.ts'
import { engineError, errorFacts } from './engine/engine-error.ts'

/** Every container and image of this app carries this label; nothing without it is ever touched. */
export const labelKey = 'dev.sigstore-attestor'

/**
 * The label's value: the user, and a hash of the runtime folder and PID namespace. Sessions in which any of these differs
 * may live at the same time and share one engine, and must not remove each other's containers.
 */
export function owner(): string {
  const place = createHash('sha256')
    .update(`${real(folders().runtime)}\0${pidNamespace()}`)
    .digest('hex')
  return `uid-${process.getuid?.()}-${place.slice(0, 12)}`
}

/** The path without links: the same folder gives the same label. */
function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // It is not there yet; a session creates it before it labels anything.
    return path
  }
}

export interface Ours {
  readonly containers: readonly { readonly id: string; readonly name: string }[]
  readonly images: readonly { readonly id: string; readonly tags: readonly string[] }[]
}

/** What in this engine is ours. */
export async function listOurs(engine: Engine, signal?: AbortSignal): Promise<Result<Ours>> {
  const filters = { label: [`${labelKey}=${owner()}`] }
  const abort = signal ? { abortSignal: signal } : {}
  try {
    const containers = await engine.docker.listContainers({ all: true, filters, ...abort })
    const images = await engine.docker.listImages({ all: true, filters, ...abort })
    return ok({
      containers: containers.map(({ Id, Names }) => ({
        id: Id,
        name: Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12),
      })),
      images: images.map(({ Id, RepoTags }) => ({ id: Id, tags: RepoTags ?? [] })),
    })
  } catch (error) {
    return err(engineError(error, 'The engine was asked for what is ours.', engine.socket, signal))
  }
}

/** Removes all our containers and images, running ones too; returns what was there. */
export async function removeOurs(engine: Engine, signal?: AbortSignal): Promise<Result<Ours>> {
  const first = await removeContainers(engine, signal)
  if (!first.ok) return first
  const abort = signal ? { abortSignal: signal } : {}
  try {
    // An image on which others are built can only be removed after them, so a round may have to be repeated.
    let left = first.value.images
    for (let round = 0; left.length > 0 && round < 10; round++) {
      for (const { id } of left) await gone(engine.docker.getImage(id).remove({ force: true, ...abort }))
      const next = await listOurs(engine, signal)
      if (!next.ok) return next
      left = next.value.images
    }
    return left.length === 0 ? first : err(stillThere(left.map(({ id }) => id)))
  } catch (error) {
    return err(notRemoved(error, engine, signal))
  }
}

/** Removes all our containers, running ones too, and leaves the images; returns what was there. */
export async function removeContainers(engine: Engine, signal?: AbortSignal): Promise<Result<Ours>> {
  const first = await listOurs(engine, signal)
  if (!first.ok) return first
  const abort = signal ? { abortSignal: signal } : {}
  try {
    for (const { id } of first.value.containers) {
      await gone(engine.docker.getContainer(id).remove({ force: true, v: true, ...abort }))
      if (engine.ours) await removeContainerTraces(dirname(engine.socket), id)
    }
    return first
  } catch (error) {
    return err(notRemoved(error, engine, signal))
  }
}

const notRemoved = (error: unknown, engine: Engine, signal: AbortSignal | undefined): AppError =>
  engineError(error, 'What is ours was to be removed from the engine.', engine.socket, signal)

/** Waits for a removal; gone already (404) or in progress (409) is fine: the list that follows shows the truth. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal
  } catch (error) {
    const { status } = errorFacts(error)
    if (status !== 404 && status !== 409) throw error
  }
}

const stillThere = (ids: readonly string[]): AppError =>
  appError(
    'engine.not-removed',
    'Some images of this app could not be removed.',
    'Remove what uses them (`docker ps -a`), then run `npm run clean`.',
    { expected: 'no image with our label', found: ids.join(', ') },
  )
