import { programsSinceStart, type StartedProgram } from '../../containers/inspect/engine-history.ts'
import { pingEngine } from '../../containers/inspect/engine-http.ts'
import {
  type ChangedPath,
  changedPaths,
  findContainer,
  type InspectedContainer,
  type InspectedImage,
  inspectImage,
  inspectPodmanImage,
  type PodmanImage,
  processCompanion,
  programBesides,
} from '../../containers/inspect/inspect.ts'
import { appError } from '../../domain/app-error.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { KnownContainers } from '../cache/known-containers.ts'
import type { ContainerRuntime, DockerAnswers, StartTimeOf } from './runtime.ts'

/**
 * Docker's API behind a socket, as Docker and Podman implement it. Concurrent equal requests for an image or an exec
 * session share one answer, which ends at the deadline of the first caller. Only containers are cached.
 */
export class DockerRuntime implements ContainerRuntime, DockerAnswers {
  readonly kind = 'docker'
  readonly socket: string
  readonly docker = this
  readonly #containers: KnownContainers
  readonly #images = new Map<string, Promise<Result<InspectedImage>>>()
  readonly #programs = new Map<string, Promise<Result<readonly string[]>>>()

  /** `eventsWithinMs`: how long the engine has for listing its events, before the container itself is inspected. */
  constructor(socket: string, eventsWithinMs: number) {
    this.socket = socket
    this.#containers = new KnownContainers(socket, eventsWithinMs)
  }

  container(id: string, startTimeOf: StartTimeOf, signal: AbortSignal): Promise<Result<InspectedContainer>> {
    return this.#containers.container(id, startTimeOf, signal)
  }

  find(name: string, signal: AbortSignal): Promise<Result<InspectedContainer>> {
    return findContainer(this.socket, name, signal)
  }

  image(id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>> {
    return share(this.#images, id, () => inspectImage(this.socket, id, signal))
  }

  async answers(signal: AbortSignal): Promise<Result<string>> {
    const found = await pingEngine(this.socket, signal)
    return found === true ? ok('it answers 200') : err(noAnswer(found))
  }

  close(): void {
    // Its connections are shared by all engines, and end by themselves.
  }

  changes(id: string, signal: AbortSignal): Promise<Result<readonly ChangedPath[] | undefined>> {
    return changedPaths(this.socket, id, signal)
  }

  companions(container: InspectedContainer, signal: AbortSignal): Promise<Result<string | undefined>> {
    return processCompanion(this.socket, container, signal)
  }

  podmanImage(id: Digest, signal: AbortSignal): Promise<Result<PodmanImage>> {
    return inspectPodmanImage(this.socket, id, signal)
  }

  execProgram(id: string, signal: AbortSignal): Promise<Result<readonly string[]>> {
    return share(this.#programs, id, () => programBesides(this.socket, id, signal))
  }

  history(id: string, signal: AbortSignal): Promise<Result<readonly StartedProgram[] | undefined>> {
    // Not shared: the answer must include what was started up to now.
    return programsSinceStart(this.socket, id, signal)
  }
}

const noAnswer = (found: string) =>
  appError('engine.unreachable', 'The container engine did not answer.', 'Start the container engine.', {
    expected: 'an answer to /_ping',
    found,
  })

function share<T>(running: Map<string, Promise<T>>, id: string, request: () => Promise<T>): Promise<T> {
  const same = running.get(id)
  if (same !== undefined) return same
  const answer = request().finally(() => running.delete(id))
  running.set(id, answer)
  return answer
}
