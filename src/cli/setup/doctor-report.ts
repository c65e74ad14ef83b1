import type { AppError } from '../../core/domain/app-error.ts'
import type { Folders } from '../../core/machine/folders.ts'
import type { Examination } from '../../core/tools/cache/examine.ts'
import { printable } from '../story/paint.ts'
import type { RejectedRunTime, RunTime } from '../window/runtime/runtime.ts'

/** The container engine as the doctor sees it. */
export type EngineReport =
  | { readonly state: 'answers'; readonly name: string; readonly version: string; readonly socket: string }
  | { readonly state: 'can be started'; readonly program: string }
  | { readonly state: 'missing'; readonly error: AppError }

/** Everything the doctor found out; this is also the JSON form. */
export interface DoctorReport {
  readonly version: 1
  readonly ok: boolean
  readonly node: string
  /** Null if what names them cannot be read. */
  readonly tools: readonly Examination[]
  readonly engine: EngineReport
  /** What runs the window, or null if nothing has been fetched yet; the terminal needs none. */
  readonly window: RunTime | null
  /** A copy of the runtime in our cache that is not used, and why. */
  readonly windowRejected: RejectedRunTime | null
  /** What keeps the window from opening here. The terminal story works without it, so it does not count as wrong. */
  readonly windowLacks: readonly AppError[]
  readonly folders: Folders
  /**
   * A list of programs or a folder that cannot be used, and what keeps the sandbox's services from running on this
   * machine.
   */
  readonly problems: readonly AppError[]
  /** Ports that listen on more than loopback while the story runs, because their programs cannot do otherwise. */
  readonly openPorts: readonly string[]
}

/** Two programs serve their Prometheus page on all interfaces and have no option to prevent it. */
export const openPorts = [
  'timestamp-server listens on port 2112 on all interfaces: its metrics page, read-only; the port cannot be changed.',
  'fulcio listens on one free port on all interfaces: its metrics page, read-only; the address cannot be changed.',
] as const

/** The report for people: one block per tool, then the machine. */
export function doctorText(report: DoctorReport): string {
  const lines: string[] = []
  for (const { id, tool, reported, problems } of report.tools) {
    lines.push(`${problems.length === 0 ? 'fine ' : 'WRONG'}  ${id}`)
    if (tool !== null) {
      lines.push(
        field('reports', reported ?? `no version of its own; built from ${tool.version}`),
        field('source', tool.source),
        field('path', tool.path),
        field('sha256', tool.sha256),
        field('trust', tool.trust),
      )
    }
    lines.push(...problems.map((problem) => field('problem', problem)), '')
  }
  if (report.tools.length === 0)
    lines.push('       external programs', field('reports', 'not looked at, because of the problem below'), '')
  lines.push(
    ...engineLines(report.engine),
    '',
    ...windowLines(report),
    '',
    ...report.windowLacks.flatMap((lack) => [...problemLines('note   window', lack), '']),
    ...report.problems.flatMap((problem) => [...problemLines('WRONG  machine', problem), '']),
    'fine   Node',
    field('version', report.node),
    '',
  )
  lines.push('       folders')
  for (const [name, path] of Object.entries(report.folders)) lines.push(field(name, path))
  lines.push('', '       while the story runs', ...report.openPorts.map((port) => field('open', port)))
  lines.push(field('loopback', 'everything else listens on 127.0.0.1 only.'))
  const others =
    [engineFine(report.engine), report.windowRejected === null].filter((fine) => !fine).length + report.problems.length
  const wrong = report.tools.filter(({ problems }) => problems.length > 0).length + others
  lines.push('', report.ok ? 'Nothing is wrong.' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`, '')
  return lines.map((line) => printable(line).trimEnd()).join('\n')
}

/** Whether the story can use a container engine. */
export const engineFine = ({ state }: EngineReport): boolean => state !== 'missing'

function engineLines(engine: EngineReport): string[] {
  const head = `${engineFine(engine) ? 'fine ' : 'WRONG'}  container engine`
  switch (engine.state) {
    case 'answers':
      return [head, field('reports', `${engine.name} ${engine.version}`), field('socket', engine.socket)]
    case 'can be started':
      return [head, field('reports', 'none answers; the story starts a private one'), field('path', engine.program)]
    case 'missing':
      return problemLines(head, engine.error)
  }
}

const problemLines = (head: string, { what, expected, found, remedy }: AppError): string[] => [
  head,
  field('problem', what),
  ...(expected === undefined ? [] : [field('expected', expected)]),
  ...(found === undefined ? [] : [field('found', found)]),
  field('fix', remedy),
]

function windowLines({ window, windowRejected }: DoctorReport): string[] {
  if (windowRejected !== null) {
    const { path, why } = windowRejected
    const problem = `The copy in our cache is not used: ${why}. npm run window replaces it.`
    return ['WRONG  window', field('path', path), field('problem', problem)]
  }
  if (window === null) return ['       window', field('reports', 'not fetched yet; npm run window does it')]
  const { version, forDevelopment, executable, trust } = window
  const reports = `Electron ${version}${forDevelopment ? ', for development only' : ''}`
  return ['fine   window', field('reports', reports), field('path', executable), field('trust', trust)]
}

const field = (label: string, value: string): string => `         ${label.padEnd(9)}${value}`
