import type { StartedProgram } from '../../containers/inspect/engine-history.ts'
import type { ChangedPath, InspectedContainer, InspectedImage, PodmanImage } from '../../containers/inspect/inspect.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import type { Result } from '../../domain/result.ts'
import type { RuntimeKind } from '../config/schema.ts'
import type { PodLaunch } from './cri/pod-launch.ts'

/** A container of a pod, as a runtime with the container runtime interface describes it. */
export interface PodContainer
  extends Pick<InspectedContainer, 'id' | 'name' | 'imageId' | 'imageName' | 'manifest' | 'initPid'> {
  readonly engine: 'cri'
  /** How it was launched; undefined when the runtime describes it in another form. */
  readonly launch: PodLaunch | undefined
}

/** A container, as its runtime describes it. */
export type RunningContainer = InspectedContainer | PodContainer

/** The start time of a process, by its pid; undefined when there is none. */
export type StartTimeOf = (pid: number) => string | undefined

/**
 * What a container runtime on this machine reports: the seam between the gates and one kind of runtime. Every method ends
 * with an error when the signal is aborted. Ids are full ids; what a runtime reports under another id is an error.
 */
export interface ContainerRuntime {
  readonly kind: RuntimeKind
  readonly socket: string
  /** Describes a container as it is now. `startTimeOf` shows whether a cached description is of the same first process. */
  container(id: string, startTimeOf: StartTimeOf, signal: AbortSignal): Promise<Result<RunningContainer>>
  /** Finds a container by what a person calls it: its id, the beginning of that, or its name where it has one. */
  find(name: string, signal: AbortSignal): Promise<Result<RunningContainer>>
  /** Describes an image, by its immutable id. */
  image(id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>>
  /** How it answers when it is only asked whether it is there. */
  answers(signal: AbortSignal): Promise<Result<string>>
  /** Frees its connections. */
  close(): void
  /** What only Docker's API reports; absent on a runtime of another kind. */
  readonly docker?: DockerAnswers
}

/** What Docker's API reports beyond a container and its image. */
export interface DockerAnswers {
  /** Which paths of a container are not as in its image; undefined when they are too many. */
  changes(id: string, signal: AbortSignal): Promise<Result<readonly ChangedPath[] | undefined>>
  /** Another container that shares the process namespace of this one; undefined when there is none. */
  companions(container: InspectedContainer, signal: AbortSignal): Promise<Result<string | undefined>>
  /** What `image` leaves out on Podman. */
  podmanImage(id: Digest, signal: AbortSignal): Promise<Result<PodmanImage>>
  /** The program of an exec session with its arguments, by the session's id. */
  execProgram(id: string, signal: AbortSignal): Promise<Result<readonly string[]>>
  /** All programs that were started in a container since its own start; undefined when the runtime no longer knows. */
  history(id: string, signal: AbortSignal): Promise<Result<readonly StartedProgram[] | undefined>>
}
