import { isUnknownToEngine } from '../../containers/inspect/inspect.ts'
import { whatAndFound } from '../../domain/app-error.ts'
import { gateTable } from '../../domain/gate.ts'
import { type CgroupLine, strayLine } from '../processes/cgroup.ts'
import { type ProcessFacts, readProcessFacts, readStartTime } from '../processes/process-facts.ts'
import { isPodSandbox, type KnownRuntime, type OwnedContainer, ownerOf } from '../runtimes/owner.ts'
import type { GateSays } from './gate-log.ts'

export interface ContainerGate {
  readonly says: GateSays
  /** The container with its runtime; absent when the gate failed. */
  readonly owned?: OwnedContainer & { readonly rootless: boolean }
  /** Start time of the container's first process. */
  readonly initStartTime?: string
}

const { expected } = gateTable.container

/** Gate 1: the container that the cgroups name exists, and the process really lives there. */
export async function containerGate(options: {
  readonly procRoot: string
  readonly runtimes: readonly KnownRuntime[]
  readonly id: string
  /** The containers around it, as the process's cgroups show them. */
  readonly around: readonly string[]
  readonly process: { readonly pid: number; readonly facts: ProcessFacts }
  /** The lines of the process's cgroups that name the container, or one around it. */
  readonly lines: readonly CgroupLine[]
  readonly signal: AbortSignal
}): Promise<ContainerGate> {
  const startTimeOf = (pid: number): string | undefined =>
    pid === options.process.pid ? options.process.facts.startTime : readStartTime(options.procRoot, pid)
  const inspected = await ownerOf({ ...options, startTimeOf })
  if (!inspected.ok) {
    const isUnknown = isUnknownToEngine(inspected.error)
    if (isUnknown && options.around.length > 0) return { says: severalContainers([...options.around, options.id]) }
    const verdict = isUnknown || isPodSandbox(inspected.error) ? 'failed' : 'could-not-check'
    const found = whatAndFound(inspected.error)
    return { says: { verdict, expected, found, remedy: inspected.error.remedy } }
  }
  const { container } = inspected.value
  const init = container.initPid === 0 ? undefined : firstProcess(container.initPid, options)
  if (init === undefined) {
    return {
      says: {
        verdict: 'could-not-check',
        expected: 'the container\u2019s first process can be seen in /proc',
        found: container.initPid === 0 ? 'the container does not run' : `no process ${container.initPid}`,
        remedy: 'Run SPIRE agent and container engine on the same machine.',
      },
    }
  }
  const stray = strayLine(options.lines, init.cgroups)
  if (stray !== undefined) {
    return {
      says: {
        verdict: 'failed',
        expected: 'the process\u2019s cgroup lies below that of the container\u2019s first process',
        found: `${stray.hierarchy}:${stray.path}`,
        remedy: 'Start the workload in a container; a cgroup with a container\u2019s name is none.',
      },
    }
  }
  return {
    says: { verdict: 'passed', expected, found: `container ${container.name}, ${container.id}` },
    owned: inspected.value,
    initStartTime: init.startTime,
  }
}

/** The lines name several containers, and the plugin must not choose one. */
export const severalContainers = (ids: readonly string[]): GateSays => ({
  verdict: 'could-not-check',
  expected: 'the process\u2019s cgroups name one container, or one below the others that a configured runtime knows',
  found: ids.join(', '),
  remedy:
    'Start the workload in one container. If its engine runs in a container, name that engine\u2019s socket in the configuration ("engineSocket" or "runtimes").',
})

/** The caller is usually the container's first process itself, whose facts are known already. */
function firstProcess(
  initPid: number,
  { process, procRoot }: Pick<Parameters<typeof containerGate>[0], 'process' | 'procRoot'>,
): ProcessFacts | undefined {
  return initPid === process.pid ? process.facts : readProcessFacts(procRoot, initPid)
}

/** Checked again at the end: both processes are still the same ones. Returns what is different, or undefined. */
export function changedSince(
  procRoot: string,
  processes: readonly { readonly name: string; readonly pid: number; readonly startTime: string }[],
): string | undefined {
  for (const { name, pid, startTime } of processes) {
    if (readStartTime(procRoot, pid) !== startTime) return `${name} (pid ${pid}) ended meanwhile`
  }
  return undefined
}
