import { changedPaths, type InspectedImage, inspectImage, textFile } from '../containers/inspect.ts'
import type { Digest } from '../domain/digest.ts'
import type { Result } from '../domain/result.ts'

/**
 * The questions to a container engine, one at a time each: who asks what is being asked already gets that answer.
 * Nothing is remembered. A question that is shared ends at the deadline of who asked first.
 */
export class EngineQuestions {
  readonly socket: string
  readonly #images = new Map<string, Promise<Result<InspectedImage>>>()
  readonly #changes = new Map<string, Promise<Result<readonly string[] | undefined>>>()
  readonly #files = new Map<string, Promise<Result<string | undefined>>>()

  constructor(socket: string) {
    this.socket = socket
  }

  /** Describes an image, by its id. */
  image(id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>> {
    return share(this.#images, id, () => inspectImage(this.socket, id, signal))
  }

  /** What is not as in the image, in a container's file system; undefined when it is too much to be read. */
  changes(id: string, signal: AbortSignal): Promise<Result<readonly string[] | undefined>> {
    return share(this.#changes, id, () => changedPaths(this.socket, id, signal))
  }

  /** The same, and by this question alone: whatever is changed before it is in its answer. */
  changesFromNow(id: string, signal: AbortSignal): Promise<Result<readonly string[] | undefined>> {
    return changedPaths(this.socket, id, signal)
  }

  /** The text of a small plain file in a container; undefined when it is none of that kind. */
  file(id: string, path: string, signal: AbortSignal): Promise<Result<string | undefined>> {
    return share(this.#files, `${id}${path}`, () => textFile(this.socket, id, path, signal))
  }
}

function share<T>(flying: Map<string, Promise<T>>, id: string, ask: () => Promise<T>): Promise<T> {
  const known = flying.get(id)
  if (known !== undefined) return known
  const flight = ask().finally(() => flying.delete(id))
  flying.set(id, flight)
  return flight
}
