import { assertNever } from '../../core/domain/result.ts'
import type { SetupEvent, SourceProgress } from '../../core/tools/setup/setup-event.ts'
import { progressText } from '../../core/tools/setup/setup-words.ts'

/** What is known about a program that is being made ready. */
export interface SetupRow {
  readonly program: string
  readonly since: number
  readonly source: string
  readonly progress: SourceProgress | undefined
}

/** Rows of what is in progress, in the order in which it began. */
export type SetupState = readonly SetupRow[]

/** The rows after an event. `now` in milliseconds. */
export function afterEvent(state: SetupState, event: SetupEvent, now: number): SetupState {
  const change = (program: string, part: Partial<SetupRow>): SetupState =>
    state.map((row) => (row.program === program ? { ...row, ...part } : row))
  const without = (program: string): SetupState => state.filter((row) => row.program !== program)
  const row = (program: string, source: string): SetupState => [
    ...without(program),
    { program, since: now, source, progress: undefined },
  ]
  switch (event.type) {
    case 'program.started':
      return row(event.program, '')
    case 'source.tried':
      return change(event.program, { source: `${event.source} (${event.detail})`, progress: undefined })
    case 'source.progress':
      return change(event.program, { progress: event.progress })
    case 'program.ready':
    case 'program.failed':
      return without(event.program)
    case 'machine.installing':
      return row('packages', `apt-get install ${event.packages.join(' ')}`)
    case 'machine.installed':
    case 'machine.lacks':
      return without('packages')
    case 'setup.waiting':
    case 'setup.tidying':
    case 'cache.rejected':
    case 'source.failed':
      return state
    default:
      return assertNever(event, 'setup event')
  }
}

/** One row in words: program, source, progress, time. */
export function rowText(row: SetupRow, now: number): string {
  const parts = [row.program.padEnd(17), row.source, progressText(row.progress), duration(now - row.since)]
  return parts.filter((part) => part !== '').join('  ')
}

/** All rows in one line, for a log: what is in progress in full, what waits by name. */
export function summaryText(state: SetupState, now: number): string {
  const waits = (row: SetupRow): boolean => row.progress?.kind === 'waiting'
  const working = state.filter((row) => !waits(row)).map((row) => rowText(row, now).replaceAll(/ {2,}/g, ' '))
  const waiting = state.filter(waits).map(({ program }) => program)
  return [...working, ...(waiting.length > 0 ? [`waiting: ${waiting.join(', ')}`] : [])].join('; ')
}

/** The permanent line for an event, or undefined if it is only an intermediate step. */
export function lastingText(event: SetupEvent): string | undefined {
  switch (event.type) {
    case 'setup.waiting':
      return `Waiting: ${event.why}.`
    case 'setup.tidying':
      return `Tidying  ${event.what}.`
    case 'machine.installing':
      return `Installing ${event.packages.join(', ')} with apt-get: ${event.why}.`
    case 'machine.installed':
      return `Installed  ${event.packages.join(', ')}  ${duration(event.elapsedMs)}`
    case 'machine.lacks':
      return `Missing  ${event.error.what} ${event.error.remedy}`
    case 'cache.rejected':
      return `Refused  ${event.program}  ${event.path} in our cache: ${event.why}. It will be replaced.`
    case 'source.failed':
      return `Tried    ${event.program}  ${event.source}: ${event.why}`
    case 'program.ready': {
      if (event.found) return undefined
      const tools = event.tools.map(({ id, version }) => `${id} ${version}`).join(', ')
      const parts = [tools === '' ? event.program : tools, event.tools[0]?.source ?? '', duration(event.elapsedMs)]
      return `Ready    ${parts.filter((part) => part !== '').join('  ')}`
    }
    case 'program.failed':
      return `Failed   ${event.program}  ${event.error.remedy}`
    case 'program.started':
    case 'source.tried':
    case 'source.progress':
      return undefined
    default:
      return assertNever(event, 'setup event')
  }
}

/** Milliseconds as `m:ss`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
