import { z } from 'zod'

const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const keys = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => Object.keys(value ?? {}))

/** What a configuration, of an image or of a container, says about what is started. */
const startSchema = z.object({
  Entrypoint: texts,
  Cmd: texts,
  Env: texts,
  User: text,
  WorkingDir: text,
  Healthcheck: z.object({ Test: texts }).nullish(),
  Shell: texts,
  Volumes: keys,
})

/** What is started, and how. */
export interface StartFacts {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly user: string
  readonly workingFolder: string
  readonly healthCheck: readonly string[]
  /** The shell for a command that is one text; empty for the engine's own choice. */
  readonly shell: readonly string[]
  /** Paths that get a volume of their own. */
  readonly volumes: readonly string[]
}

/** Which engine describes a container: each has its own conventions. */
export type EngineKind = 'docker' | 'podman' | 'other'

export interface Mount {
  readonly type: string
  /** Path on the machine; empty for a tmpfs. */
  readonly source: string
  readonly target: string
  /** Of a volume; empty otherwise. */
  readonly name: string
  readonly driver: string
  readonly readOnly: boolean
}

/** How a container was launched, as the engine reports. */
export interface LaunchFacts {
  readonly start: StartFacts
  /** The program that was started, with its arguments. */
  readonly program: readonly string[]
  readonly hostname: string
  readonly mounts: readonly Mount[]
  /** `HostConfig`, unparsed. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Whether its standard input is open. */
  readonly takesInput: boolean
  /** Whether its own file system is read-only. */
  readonly readOnly: boolean
  /** Ids of the exec sessions that the engine still knows. */
  readonly execIds: readonly string[]
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
    Config: startSchema.extend({
      Hostname: text,
      OpenStdin: z.boolean().nullish(),
      Tty: z.boolean().nullish(),
    }),
    ExecIDs: texts,
    Mounts: z
      .array(
        z.object({
          Type: text,
          Source: text,
          Destination: z.string(),
          Name: text,
          Driver: text,
          RW: z.boolean().default(true),
        }),
      )
      .nullish()
      .transform((value) => value ?? []),
    HostConfig: z.looseObject({
      ReadonlyRootfs: z.boolean().nullish(),
      Tmpfs: z.record(z.string(), z.string()).nullish(),
    }),
  })
  .transform(({ Path, Args, Config, ExecIDs, Mounts, HostConfig }): LaunchFacts => {
    const tmpfs = Object.keys(HostConfig.Tmpfs ?? {}).map((target) => ({ ...emptyMount, target }))
    const mounts = Mounts.map((each) => ({
      type: each.Type,
      source: each.Source,
      target: each.Destination,
      name: each.Name,
      driver: each.Driver,
      readOnly: !each.RW,
    }))
    return {
      start: startFacts(Config),
      program: [Path, ...Args],
      hostname: Config.Hostname,
      mounts: [...mounts, ...tmpfs],
      settings: HostConfig,
      takesInput: Config.OpenStdin === true || Config.Tty === true,
      readOnly: HostConfig.ReadonlyRootfs === true,
      execIds: ExecIDs,
    }
  })

const emptyMount = { type: 'tmpfs', source: '', name: '', driver: '', readOnly: false }

/** The part of `GET /exec/<id>/json` that describes the program of an exec session. */
export const startedBesides = z
  .object({ ProcessConfig: z.object({ entrypoint: text, arguments: texts }) })
  .transform(({ ProcessConfig }): readonly string[] => [ProcessConfig.entrypoint, ...ProcessConfig.arguments])

const kinds = ['changed', 'added', 'deleted'] as const

/** The response of `GET /containers/<id>/changes`: paths that differ from the image. */
export const containerChanges = z
  .array(z.object({ Path: z.string(), Kind: z.int().min(0).max(2) }))
  .nullish()
  .transform((value) => (value ?? []).map(({ Path, Kind }) => ({ path: Path, kind: kinds[Kind] ?? 'changed' })))

/** The part of `GET /containers/json` that names the running containers. */
export const runningContainers = z.array(z.object({ Id: z.string() })).transform((value) => value.map(({ Id }) => Id))

const startFacts = (config: z.output<typeof startSchema>): StartFacts => ({
  entrypoint: config.Entrypoint,
  command: config.Cmd,
  environment: config.Env,
  user: config.User,
  workingFolder: config.WorkingDir,
  healthCheck: config.Healthcheck?.Test ?? [],
  shell: config.Shell,
  volumes: config.Volumes,
})
