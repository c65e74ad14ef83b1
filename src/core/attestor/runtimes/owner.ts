import { isUnknownToEngine } from '../../containers/inspect/inspect.ts'
import { type AppError, appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import type { RuntimeKind } from '../config/schema.ts'
import type { CgroupLine } from '../processes/cgroup.ts'
import type { ContainerRuntime, RunningContainer, StartTimeOf } from './runtime.ts'

/** A container, and the runtime that has it. */
export interface OwnedContainer {
  readonly container: RunningContainer
  readonly runtime: ContainerRuntime
}

/** A runtime of this machine; a rootless one is controlled by an ordinary user. */
export interface KnownRuntime {
  readonly runtime: ContainerRuntime
  readonly rootless: boolean
}

/** The code of the error for a process of a pod's sandbox, which has an id like a container's. */
export const podSandboxCode = 'engine.pod-sandbox'

/** Whether an id is certainly that of a pod's sandbox, and of no container. */
export const isPodSandbox = (error: AppError): boolean => error.code === podSandboxCode

/** How long the other runtimes have to answer after the first rootful one that has the container. */
const othersWithinMs = 250

/**
 * Finds the runtime that has a container. Those whose kind the cgroup's name rules out are not queried; two that both
 * claim to have it are an error, except that a rootless one never contests a rootful one. That the process lives in the
 * container is for the caller to prove.
 */
export async function ownerOf(question: {
  readonly id: string
  /** The lines of the process's cgroups that name the container. */
  readonly lines: readonly CgroupLine[]
  readonly runtimes: readonly KnownRuntime[]
  readonly startTimeOf: StartTimeOf
  readonly signal: AbortSignal
}): Promise<Result<OwnedContainer & { readonly rootless: boolean }>> {
  const { id, lines, startTimeOf, signal } = question
  const kind = kindNamed(id, lines)
  const queried = question.runtimes.filter(({ runtime }) => kind === undefined || runtime.kind === kind)
  if (queried.length === 0) return err(ofNoRuntime(kind))
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const until = queried.length === 1 ? signal : firstSignal(signal, late.signal)
  const answers = await Promise.all(
    queried.map(async ({ runtime, rootless }) => {
      const answer = await runtime.container(id, startTimeOf, until)
      // What a rootless one claims is no reason to leave the others out.
      if (answer.ok && !rootless && queried.length > 1) timer ??= setTimeout(() => late.abort(), othersWithinMs)
      return { runtime, rootless, answer }
    }),
  )
  clearTimeout(timer)
  const owners = answers.flatMap(({ answer, ...rest }) => (answer.ok ? [{ container: answer.value, ...rest }] : []))
  const rootful = owners.filter(({ rootless }) => !rootless)
  const [owner, another] = rootful.length > 0 ? rootful : owners
  if (owner !== undefined && another === undefined) return ok(owner)
  if (owner !== undefined && another !== undefined) return err(claimedTwice(id, owner.runtime, another.runtime))
  // A definite answer first; then an error, because the runtime that could not be queried may have it.
  const errors = answers.flatMap(({ answer }) => (answer.ok ? [] : [answer.error]))
  const error = errors.find(isPodSandbox) ?? errors.find((each) => !isUnknownToEngine(each)) ?? errors[0]
  return err(error ?? ofNoRuntime(kind))
}

/** How runtimes name a container's cgroup with systemd's driver. Without it the name is the id alone. */
const prefixes: readonly (readonly [string, RuntimeKind])[] = [
  ['docker-', 'docker'],
  ['libpod-', 'docker'],
  ['cri-containerd-', 'cri'],
  ['crio-', 'cri'],
]

/** The kind of runtime that the cgroup of a container names; undefined when any kind may have it. */
function kindNamed(id: string, lines: readonly CgroupLine[]): RuntimeKind | undefined {
  const names = lines.flatMap(({ path }) => path.split('/').findLast((name) => name.includes(id)) ?? [])
  const kinds = names.map((name) => prefixes.find(([prefix]) => name.startsWith(`${prefix}${id}`))?.[1])
  const [kind] = kinds
  return kinds.every((each) => each === kind) ? kind : undefined
}

const ofNoRuntime = (kind: RuntimeKind | undefined) =>
  appError(
    'engine.unknown',
    'The container is of a runtime that the configuration does not name.',
    'Name its socket in the configuration ("runtimes").',
    { expected: 'a configured runtime of that kind', found: `none of kind ${kind ?? 'any'}` },
  )

const claimedTwice = (id: string, ...runtimes: readonly ContainerRuntime[]) =>
  appError(
    'engine.claimed-twice',
    'Two container runtimes claim to have the container.',
    'Name only the socket of the runtime that started it.',
    { expected: `one runtime with container ${id}`, found: runtimes.map(({ socket }) => socket).join(', ') },
  )
