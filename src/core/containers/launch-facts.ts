import { z } from 'zod'

const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const count = z
  .array(z.unknown())
  .nullish()
  .transform((value) => value?.length ?? 0)

/** What a configuration, of an image or of a container, says about what is started. */
const startSchema = z.object({
  Entrypoint: texts,
  Cmd: texts,
  Env: texts,
  User: text,
  WorkingDir: text,
  Healthcheck: z.object({ Test: texts }).nullish(),
})

/** What is started, and how. */
export interface StartFacts {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly user: string
  readonly workingFolder: string
  readonly healthCheck: readonly string[]
}

export interface Mount {
  readonly type: string
  /** Path on the machine; empty for a tmpfs. */
  readonly source: string
  readonly target: string
}

/** How a container was launched, as the engine says. */
export interface LaunchFacts {
  readonly start: StartFacts
  /** The program that was started, with its arguments. */
  readonly program: readonly string[]
  readonly hostname: string
  readonly mounts: readonly Mount[]
  readonly privileged: boolean
  readonly addedCapabilities: readonly string[]
  readonly devices: number
  readonly securityOptions: readonly string[]
  /** Name space by name: empty or the engine's own word for one of the container alone. */
  readonly pidMode: string
  readonly ipcMode: string
  /** Whether nothing can be written to its own file system. */
  readonly readOnly: boolean
  /** Whether programs were started in it besides. */
  readonly entered: boolean
}

/** The part of `GET /images/<id>/json` that says what the image starts. */
export const imageStart = z
  .object({ Config: startSchema.nullish() })
  .transform(({ Config }): StartFacts => startFacts(Config ?? startSchema.parse({})))

/** The part of `GET /containers/<id>/json` that says how it was launched (Docker's API 1.41 and newer; Podman's too). */
export const containerLaunch = z
  .object({
    Path: text,
    Args: texts,
    Config: startSchema.extend({ Hostname: text }),
    ExecIDs: count,
    Mounts: z
      .array(z.object({ Type: text, Source: text, Destination: z.string() }))
      .nullish()
      .transform((value) => value ?? []),
    HostConfig: z.object({
      Privileged: z.boolean().nullish(),
      ReadonlyRootfs: z.boolean().nullish(),
      CapAdd: texts,
      PidMode: text,
      IpcMode: text,
      Devices: count,
      DeviceRequests: count,
      SecurityOpt: texts,
      Tmpfs: z.record(z.string(), z.string()).nullish(),
    }),
  })
  .transform(({ Path, Args, Config, ExecIDs, Mounts, HostConfig }): LaunchFacts => {
    const tmpfs = Object.keys(HostConfig.Tmpfs ?? {}).map((target) => ({ type: 'tmpfs', source: '', target }))
    return {
      start: startFacts(Config),
      program: [Path, ...Args],
      hostname: Config.Hostname,
      mounts: [...Mounts.map((each) => ({ type: each.Type, source: each.Source, target: each.Destination })), ...tmpfs],
      privileged: HostConfig.Privileged === true,
      addedCapabilities: HostConfig.CapAdd,
      devices: HostConfig.Devices + HostConfig.DeviceRequests,
      securityOptions: HostConfig.SecurityOpt,
      pidMode: HostConfig.PidMode,
      ipcMode: HostConfig.IpcMode,
      readOnly: HostConfig.ReadonlyRootfs === true,
      entered: ExecIDs > 0,
    }
  })

/** What `GET /containers/<id>/changes` answers: paths that are not as in the image. */
export const containerChanges = z
  .array(z.object({ Path: z.string() }))
  .nullish()
  .transform((value): readonly string[] => (value ?? []).map((each) => each.Path))

const startFacts = (config: z.output<typeof startSchema>): StartFacts => ({
  entrypoint: config.Entrypoint,
  command: config.Cmd,
  environment: config.Env,
  user: config.User,
  workingFolder: config.WorkingDir,
  healthCheck: config.Healthcheck?.Test ?? [],
})
