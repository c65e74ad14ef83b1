import { basename } from 'node:path'
import type { SetupRow } from '../../contract/changes.ts'
import { assertNever } from '../../domain/result.ts'
import type { SetupEvent } from '../../tools/setup/setup-event.ts'
import { progressText } from '../../tools/setup/setup-words.ts'
import type { ResolvedTool } from '../../tools/tool.ts'

/** Turns setup events into the rows that a front end shows; undefined when nothing is to be shown. */
export type SetupRows = (event: SetupEvent) => SetupRow | undefined

/** A screen shows no more than this of one program's progress; events in between are skipped. */
const progressEveryMs = 150

/** Rows of one setup. `now` in milliseconds since 1970. */
export function setupRows(now: () => number = Date.now): SetupRows {
  const since = new Map<string, string>()
  const sources = new Map<string, string>()
  const progressed = new Map<string, number>()

  const row = (program: string, state: SetupRow['state'], detail: string): SetupRow => {
    const began = since.get(program) ?? new Date(now()).toISOString()
    since.set(program, began)
    return { program, state, detail, since: began }
  }
  const progress = ({ program, progress }: Extract<SetupEvent, { type: 'source.progress' }>): SetupRow | undefined => {
    if (now() - (progressed.get(program) ?? 0) < progressEveryMs) return undefined
    progressed.set(program, now())
    return row(program, 'working', words(sources.get(program), progressText(progress)))
  }
  return (event) => {
    switch (event.type) {
      case 'program.started':
        return row(event.program, 'looking', 'not here yet')
      case 'source.tried':
        sources.set(event.program, `${event.source} (${event.detail})`)
        return row(event.program, 'working', `${event.source} (${event.detail})`)
      case 'source.progress':
        return progress(event)
      case 'cache.rejected':
        return row(
          `${basename(event.path)} in our cache`,
          'failed',
          `${event.path}: ${event.why}. It will be replaced.`,
        )
      case 'source.failed':
        return row(event.program, 'working', `${event.source}: ${event.why}`)
      case 'program.ready': {
        return row(event.program, 'ready', words(event.tools.map(named).join(', '), event.tools[0]?.source))
      }
      case 'program.failed':
        return row(event.program, 'failed', `${event.error.what} ${event.error.remedy}`)
      case 'machine.installing':
        return row('Debian packages', 'working', `apt-get install ${event.packages.join(' ')}: ${event.why}`)
      case 'machine.installed':
        return row('Debian packages', 'ready', event.packages.join(', '))
      case 'machine.lacks':
        return row('container engine', 'failed', `${event.error.what} ${event.error.remedy}`)
      case 'setup.waiting':
        return row('set-up', 'looking', `waits: ${event.why}`)
      case 'setup.tidying':
        return undefined
      default:
        return assertNever(event, 'setup event')
    }
  }
}

// A program that reports no version is identified by its source, which tells a reader nothing.
const named = ({ id, version }: ResolvedTool): string => (/^\d+\.\d/.test(version) ? `${id} ${version}` : id)

const words = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(' · ')
