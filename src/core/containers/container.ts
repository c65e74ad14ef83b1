import { dirname } from 'node:path'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ContainerOutput, collectOutput } from './container-output.ts'
import { removeContainerTraces } from './engine/container-traces.ts'
import type { Engine } from './engine/engine.ts'
import { cancelledError, engineError, errorFacts, isAborted } from './engine/engine-error.ts'
import { labelKey, owner } from './labels.ts'

/** What to run. Always without network, with a read-only file system and without capabilities. */
export interface ContainerSpec {
  /** Image reference or id. */
  readonly image: string
  readonly name: string
  /** Host folders, mounted read-only. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[]
  readonly signal?: AbortSignal
}

/** A created container; `remove` removes it in any state. */
export interface Container {
  readonly id: string
  readonly name: string
  /** The immutable id of the image that the reference resolved to. */
  readonly imageId: string
  /** Starts it; returns the time when it runs, ISO 8601 UTC. */
  readonly start: (signal?: AbortSignal) => Promise<Result<string>>
  /** The first line on its standard output. An error when it ends before, prints nothing in time, or is cancelled. */
  readonly firstLine: (options: {
    readonly timeoutMs: number
    readonly signal?: AbortSignal
  }) => Promise<Result<string>>
  /** Its output so far: the last lines of each stream. */
  readonly output: () => { readonly stdout: readonly string[]; readonly stderr: readonly string[] }
  /** Waits for its end; returns the exit code. */
  readonly wait: (signal?: AbortSignal) => Promise<Result<number>>
  /** Its first process as this machine sees it, or 0 when it does not run. */
  readonly pid: (signal?: AbortSignal) => Promise<Result<number>>
  /** Ends and removes it; one that is gone already is fine. */
  readonly remove: () => Promise<Result<void>>
}

/** The equivalent options of `docker run`, for a command card. */
export const runOptions = [
  '--network=none',
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
] as const

/**
 * Creates a container and attaches to its output; nothing of it runs before `start`. An abort waits until the engine
 * has created it, and then removes it: an interrupted request may still create one, which would be orphaned. One of
 * ours with the same name is removed first: a run that was killed left it.
 */
export async function createContainer(engine: Engine, spec: ContainerSpec): Promise<Result<Container>> {
  const what = `A container of ${spec.image} was to be created.`
  if (isAborted(spec.signal)) return err(cancelledError(what))
  const create = () =>
    engine.docker.createContainer({
      name: spec.name,
      Image: spec.image,
      Labels: { [labelKey]: owner() },
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Mounts: spec.mounts.map(({ source, target }) => ({
          Type: 'bind',
          Source: source,
          Target: target,
          ReadOnly: true,
        })),
      },
    })
  try {
    const made = await create().catch(async (error: unknown) => {
      if (errorFacts(error).status !== 409 || !(await removeOurNamesake(engine, spec.name))) throw error
      return create()
    })
    const remove = (): Promise<Result<void>> => removeContainer(engine, made.id)
    try {
      if (isAborted(spec.signal)) {
        await remove()
        return err(cancelledError(what))
      }
      // Attached before it starts, so that no line is missed.
      const stream = await made.attach({ stream: true, stdout: true, stderr: true })
      const { Image } = await made.inspect()
      return ok(handle(engine, { id: made.id, name: spec.name, imageId: Image }, collectOutput(engine.docker, stream)))
    } catch (error) {
      await remove()
      throw error
    }
  } catch (error) {
    const { status, message } = errorFacts(error)
    if (status === 409) return err(nameTaken(spec.name, message))
    return err(engineError(error, what, engine.socket, spec.signal))
  }
}

function handle(
  engine: Engine,
  facts: { readonly id: string; readonly name: string; readonly imageId: string },
  output: ContainerOutput,
): Container {
  const container = engine.docker.getContainer(facts.id)
  const ask = async <T>(what: string, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<Result<T>> => {
    if (isAborted(signal)) return err(cancelledError(what))
    try {
      return ok(await run())
    } catch (error) {
      return err(engineError(error, what, engine.socket, signal))
    }
  }
  const options = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
  const named = `The container ${facts.name}`
  return {
    ...facts,
    start: (signal) =>
      ask(`${named} was to be started.`, signal, async () => {
        await container.start(options(signal))
        const { State } = await container.inspect(options(signal))
        return State.StartedAt
      }),
    firstLine: (limits) => output.firstLine(facts.name, limits),
    output: output.lines,
    wait: (signal) =>
      ask(`${named} was waited for.`, signal, async () => {
        const { StatusCode } = await container.wait(options(signal))
        return StatusCode
      }),
    pid: (signal) =>
      ask(`${named} was looked up.`, signal, async () => (await container.inspect(options(signal))).State.Pid),
    remove: async () => {
      output.close()
      return removeContainer(engine, facts.id)
    },
  }
}

/** Removes the container with this name if a session of ours created it; returns whether it did. */
async function removeOurNamesake(engine: Engine, name: string): Promise<boolean> {
  const { Id, Config } = await engine.docker.getContainer(name).inspect()
  if (Config.Labels[labelKey] !== owner()) return false
  return (await removeContainer(engine, Id)).ok
}

/** Ends and removes a container; one that is gone already is fine. */
async function removeContainer(engine: Engine, id: string): Promise<Result<void>> {
  try {
    await engine.docker.getContainer(id).remove({ force: true, v: true })
  } catch (error) {
    if (errorFacts(error).status !== 404) {
      return err(engineError(error, `The container ${id} was to be removed.`, engine.socket))
    }
  }
  if (engine.ours) await removeContainerTraces(dirname(engine.socket), id)
  return ok(undefined)
}

const nameTaken = (name: string, found: string) =>
  appError(
    'engine.name-taken',
    `There is a container named ${name} already.`,
    'Rename or remove that container, then run the step again.',
    {
      expected: 'a free name',
      found,
    },
  )
