/** A mount of the OCI runtime configuration. */
export interface SpecMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

/** How a container of a pod was launched, as its runtime reports. */
export interface PodLaunch {
  /** The program that was started, with its arguments. */
  readonly program: readonly string[]
  readonly environment: readonly string[]
  readonly workingFolder: string
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] }
  readonly mounts: readonly SpecMount[]
  /** The whole OCI runtime configuration. */
  readonly spec: Readonly<Record<string, unknown>>
  /** containerd's runtime; undefined when the runtime does not report it. */
  readonly runtimeType: string | undefined
  readonly privileged: boolean
  /** Whether the IPC namespace was requested to be the machine's; the settings then name the sandbox's. */
  readonly machineIpc: boolean
  /** As requested: 0 the runtime's default, 1 none, 2 a file of the machine (CRI's ProfileType). */
  readonly seccompProfile: number
  /** Whether its standard input or a terminal is open; undefined when the runtime does not report it. */
  readonly takesInput: boolean | undefined
  /** Whether this is CRI-O, which has its own conventions. */
  readonly crio: boolean
  readonly containerId: string
  readonly sandboxId: string
  /** Empty when the container has no such label. */
  readonly podUid: string
}
