import { programsSinceStart, type StartedProgram } from '../../containers/engine-history.ts'
import {
  type ChangedPath,
  changedPaths,
  type InspectedContainer,
  type InspectedImage,
  inspectImage,
  podmanHealthCheck,
  processCompanion,
  programBesides,
} from '../../containers/inspect.ts'
import type { Digest } from '../../domain/digest.ts'
import type { Result } from '../../domain/result.ts'

/**
 * The questions to a container engine, one at a time each: a caller who asks what is being asked already gets that answer.
 * Nothing is cached. A question that is shared ends at the deadline of the first caller.
 */
export class EngineQuestions {
  readonly socket: string
  readonly #images = new Map<string, Promise<Result<InspectedImage>>>()
  readonly #programs = new Map<string, Promise<Result<readonly string[]>>>()

  constructor(socket: string) {
    this.socket = socket
  }

  /** Describes an image, by its id. */
  image(id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>> {
    return share(this.#images, id, () => inspectImage(this.socket, id, signal))
  }

  /** Which paths of a container are not as in its image; undefined when they are too many. */
  changes(id: string, signal: AbortSignal): Promise<Result<readonly ChangedPath[] | undefined>> {
    return changedPaths(this.socket, id, signal)
  }

  /** Another container that shares the process namespace of this one; undefined when there is none. */
  companions(container: InspectedContainer, signal: AbortSignal): Promise<Result<string | undefined>> {
    return processCompanion(this.socket, container, signal)
  }

  /** The health check of an image, on Podman; empty when it has none. */
  podmanHealthCheck(id: Digest, signal: AbortSignal): Promise<Result<readonly string[]>> {
    return podmanHealthCheck(this.socket, id, signal)
  }

  /** Which program was started in a container besides, with its arguments, by the engine's id of that. */
  programBesides(id: string, signal: AbortSignal): Promise<Result<readonly string[]>> {
    return share(this.#programs, id, () => programBesides(this.socket, id, signal))
  }

  /** Which programs were started in a container since its own start; undefined when the engine does not know any more. */
  history(id: string, signal: AbortSignal): Promise<Result<readonly StartedProgram[] | undefined>> {
    // Not shared: what was started until now must be in the answer.
    return programsSinceStart(this.socket, id, signal)
  }
}

function share<T>(flying: Map<string, Promise<T>>, id: string, ask: () => Promise<T>): Promise<T> {
  const known = flying.get(id)
  if (known !== undefined) return known
  const flight = ask().finally(() => flying.delete(id))
  flying.set(id, flight)
  return flight
}
