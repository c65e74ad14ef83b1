import { z } from 'zod'
import { type AppError, appError } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { type Digest, isDigest } from '../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { getOverSocket, type HttpAnswer, tooLong } from './engine-http.ts'
import {
  containerChanges,
  containerLaunch,
  type EngineKind,
  imageStart,
  type LaunchFacts,
  runningContainers,
  type StartFacts,
  startedBesides,
} from './launch-facts.ts'

/** The engine's description of a container. */
export interface InspectedContainer {
  readonly id: string
  readonly name: string
  /** The immutable id of the image that it was created from. */
  readonly imageId: Digest
  /** The name or id by which that image was requested then; it stays when the name moves to another image. */
  readonly imageName: string | undefined
  /** The image's manifest for its platform, if the engine reports it (Docker with the containerd image store). */
  readonly manifest?: Digest
  /** Its first process as the engine's machine sees it; 0 when it does not run. */
  readonly initPid: number
  readonly engine: EngineKind
  /** The folder in which its own files lie over the image's, if the engine has them all in one and reports it. */
  readonly ownFiles: string | undefined
  /** How it was launched; undefined when the engine describes it in another form. */
  readonly launch: LaunchFacts | undefined
}

/** The engine's description of an image. */
export interface InspectedImage {
  readonly id: Digest
  /** `name@sha256:…` for each place that it was pushed to or pulled from, as the image claims. */
  readonly repoDigests: readonly string[]
  readonly os: string
  readonly architecture: string
  /** What it starts; undefined when the engine describes it in another form. */
  readonly start: StartFacts | undefined
}

const digest = z.custom<Digest>(isDigest, 'not sha256:<hex>')

const containerSchema = z.looseObject({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  Name: z.string().max(512),
  Image: digest,
  State: z.object({ Pid: z.number().int().nonnegative() }),
  ImageManifestDescriptor: z.looseObject({ digest }).nullish(),
  GraphDriver: z.unknown().optional(),
})

const requested = z.object({ Config: z.object({ Image: z.string().min(1).max(512) }) })

const overlay = z.object({ Data: z.object({ UpperDir: z.string().startsWith('/') }) })

const imageSchema = z.looseObject({
  Id: digest,
  RepoDigests: z
    .array(z.string().max(512))
    .max(256)
    .nullish()
    .transform((value) => value ?? []),
  Os: z.string().default(''),
  Architecture: z.string().default(''),
})

/** Whether the engine certainly does not have it. */
export const isUnknownToEngine = (error: AppError): boolean => error.code === 'engine.unknown'

/** Inspects a container on the engine behind a socket, by its full id. */
export async function inspectContainer(
  socket: string,
  id: string,
  signal: AbortSignal,
): Promise<Result<InspectedContainer>> {
  const answer = await findContainer(socket, id, signal)
  if (!answer.ok || answer.value.id === id) return answer
  return err(unusable(socket, `container ${id}`, `container ${answer.value.id}`))
}

const containerOf = (
  {
    Id,
    Name,
    Image,
    State,
    ImageManifestDescriptor: descriptor,
    GraphDriver: driver,
    ...rest
  }: z.output<typeof containerSchema>,
  server: string,
): InspectedContainer => ({
  id: Id,
  name: Name.replace(/^\//, ''),
  imageId: Image,
  imageName: requested.safeParse(rest).data?.Config.Image,
  ...(descriptor && { manifest: descriptor.digest }),
  initPid: State.Pid,
  engine: engineKind(server),
  ownFiles: overlay.safeParse(driver).data?.Data.UpperDir,
  launch: containerLaunch.safeParse(rest).data,
})

/** A path of a container that differs from its image. */
export type ChangedPath = z.output<typeof containerChanges>[number]

/** Lists the paths of a container that differ from its image; undefined when they are too many to be read. */
export async function changedPaths(
  socket: string,
  id: string,
  signal: AbortSignal,
): Promise<Result<readonly ChangedPath[] | undefined>> {
  const answer = await ask(socket, `/containers/${id}/changes`, containerChanges, signal)
  if (answer.ok) return ok(answer.value.description)
  return answer.error.found === tooLong ? ok(undefined) : answer
}

/** Finds another container that shares the process namespace of this one; undefined when no running one does. */
export async function processCompanion(
  socket: string,
  { id, name }: Pick<InspectedContainer, 'id' | 'name'>,
  signal: AbortSignal,
): Promise<Result<string | undefined>> {
  const all = await ask(socket, '/containers/json', runningContainers, signal)
  if (!all.ok) return all
  const others: { readonly id: string; readonly name: string; readonly joins: string | undefined }[] = []
  for (const other of all.value.description.filter((each) => each !== id)) {
    const container = await inspectContainer(socket, other, signal)
    // One that has ended meanwhile shares nothing.
    if (!container.ok && isUnknownToEngine(container.error)) continue
    if (!container.ok) return container
    const mode = container.value.launch?.settings['PidMode']
    const [, joins] = typeof mode === 'string' ? (/^container:(.+)$/.exec(mode) ?? []) : []
    others.push({ id: other, name: container.value.name, joins })
  }
  const isNamed = (each: { readonly id: string; readonly name: string }, whose: string): boolean =>
    whose === each.name || each.id.startsWith(whose)
  // If a container joined the namespace of a third that is gone, the engine does not report whose it is.
  const found = others.find(
    ({ joins }) =>
      joins !== undefined &&
      (isNamed({ id, name }, joins) || !others.some((each) => isNamed(each, joins) && each.joins === undefined)),
  )
  return ok(found?.id)
}

/** Engines name themselves in each answer. */
const engineKind = (server: string): EngineKind =>
  server.startsWith('Docker/') ? 'docker' : server.startsWith('Libpod/') ? 'podman' : 'other'

/** Describes the program of an exec session, with its arguments, by the session's id. */
export async function programBesides(
  socket: string,
  id: string,
  signal: AbortSignal,
): Promise<Result<readonly string[]>> {
  const answer = await ask(socket, `/exec/${encodeURIComponent(id)}/json`, startedBesides, signal)
  return answer.ok ? ok(answer.value.description) : answer
}

/** What happened on an engine. */
export interface EngineEvents {
  /** One JSON text for each event, in the order in which they happened. */
  readonly events: readonly string[]
  /** Whether this is Docker Engine itself: others keep their events differently. */
  readonly docker: boolean
}

/**
 * Lists what happened on the engine behind a socket since a time. Docker Engine keeps its last 256 events; those of the
 * last millisecond may be missing, and come with the next answer. `since` is in nanoseconds.
 */
export async function eventsSince(socket: string, since: bigint, signal: AbortSignal): Promise<Result<EngineEvents>> {
  const [from, until] = [seconds(since), seconds(BigInt(Date.now()) * 1_000_000n)]
  const answer = await askFor(socket, `/events?since=${from}&until=${until}`, signal)
  if (!answer.ok) return answer
  const events = answer.value.body
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return ok({ events, docker: engineKind(answer.value.server) === 'docker' })
}

const seconds = (nanoseconds: bigint): string =>
  `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`

/** Inspects a container by its name, or by its id or the beginning of that. */
export async function findContainer(
  socket: string,
  nameOrId: string,
  signal: AbortSignal,
): Promise<Result<InspectedContainer>> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/.test(nameOrId)) {
    return err(unusable(socket, 'the name or the id of a container', JSON.stringify(nameOrId.slice(0, 80))))
  }
  const answer = await ask(socket, `/containers/${nameOrId}/json`, containerSchema, signal)
  return answer.ok ? ok(containerOf(answer.value.description, answer.value.server)) : answer
}

/** Inspects an image, by its id. */
export async function inspectImage(socket: string, id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>> {
  const answer = await ask(socket, `/images/${id}/json`, imageSchema, signal)
  if (!answer.ok) return answer
  const { Id, RepoDigests, Os, Architecture, ...rest } = answer.value.description
  if (Id !== id) return err(unusable(socket, `image ${id}`, `image ${Id}`))
  return ok({
    id: Id,
    repoDigests: RepoDigests,
    os: Os,
    architecture: Architecture,
    start: imageStart.safeParse(rest).data,
  })
}

/** What Podman's answer in Docker's form leaves out about an image. */
export interface PodmanImage {
  /** Empty when the image has none. */
  readonly healthCheck: readonly string[]
  /** The digest that it was pulled by, of its index or its manifest; it stays when the image loses its name. */
  readonly manifest: Digest | undefined
}

const podmanImageSchema = z.object({
  Healthcheck: z.object({ Test: z.array(z.string()) }).nullish(),
  Digest: digest.nullish(),
})

/** Inspects an image in Podman's own API, by its id. */
export async function inspectPodmanImage(
  socket: string,
  id: Digest,
  signal: AbortSignal,
): Promise<Result<PodmanImage>> {
  const answer = await ask(socket, `/v4.0.0/libpod/images/${id}/json`, podmanImageSchema, signal)
  if (!answer.ok) return answer
  const { Healthcheck, Digest: manifest } = answer.value.description
  return ok({ healthCheck: Healthcheck?.Test ?? [], manifest: manifest ?? undefined })
}

async function ask<T>(
  socket: string,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<Result<{ readonly description: T; readonly server: string }>> {
  const answer = await askFor(socket, path, signal)
  if (!answer.ok) return answer
  const { body, server } = answer.value
  const parsed = schema.safeParse(parseJson(body.toString('utf8')))
  if (parsed.success) return ok({ description: parsed.data, server })
  const [issue] = parsed.error.issues
  return err(unusable(socket, 'the description of Docker\u2019s API', `${issue?.path.join('.')}: ${issue?.message}`))
}

async function askFor(socket: string, path: string, signal: AbortSignal): Promise<Result<HttpAnswer>> {
  let answer: HttpAnswer
  try {
    answer = await getOverSocket(socket, path, signal)
  } catch (error) {
    return err(
      appError('engine.unreachable', 'The container engine did not answer.', 'Start the container engine.', {
        expected: `an answer at ${socket}`,
        found: signal.aborted ? 'no answer in time' : error instanceof Error ? error.message : 'no answer',
      }),
    )
  }
  if (answer.status === 404) {
    return err(
      appError('engine.unknown', 'The container engine does not know it.', 'Look at another engine.', {
        expected: path.split('/').slice(1, 3).join(' '),
        found: 'HTTP 404',
      }),
    )
  }
  return answer.status === 200 ? ok(answer) : err(unusable(socket, 'HTTP 200', `HTTP ${answer.status}`))
}

const unusable = (socket: string, expected: string, found: string): AppError =>
  appError(
    'engine.unusable',
    'The container engine gave an answer that is not accepted.',
    `Look at the engine at ${socket}.`,
    {
      expected,
      found,
    },
  )
