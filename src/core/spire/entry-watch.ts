import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { parseLogLine } from './spire-log.ts'

/** Which registration entries an agent knows, from its log. */
export interface EntryWatch {
  /** Takes a line of the agent's log. */
  readonly take: (line: string) => void
  /**
   * Waits until the agent knows an entry, by its id or for a SPIFFE ID; resolves to the time of that log line, ISO 8601
   * UTC. At once when it knows it already.
   */
  readonly until: (
    entry: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<Result<string>>
}

/**
 * Follows the agent's DEBUG log: it logs "Entry created", "Entry updated" and "Entry removed" with the entry's id when
 * its own cache changes (spire v1.15.3, pkg/agent/manager/cache/lru_cache.go). No API of the agent reports it.
 */
export function watchEntries(now: () => Date = () => new Date()): EntryWatch {
  const known = new Map<string, string>()
  const waiting = new Set<() => void>()
  return {
    take: (text) => {
      // The cheap test first: the agent logs much else.
      if (!text.includes('"Entry ')) return
      const line = parseLogLine(text)
      const entry = line?.['entry']
      if (line === undefined || typeof entry !== 'string') return
      // An id is never a SPIFFE ID, so both fit into one map.
      for (const name of [entry, line['spiffe_id']].filter((each) => typeof each === 'string')) {
        if (line.msg === 'Entry removed') known.delete(name)
        else if (line.msg === 'Entry created' || line.msg === 'Entry updated') known.set(name, timeOf(line, now))
      }
      for (const look of waiting) look()
    },
    until: (entry, { timeoutMs, signal }) =>
      new Promise((resolve) => {
        const settle = (result: Result<string>): void => {
          clearTimeout(timer)
          waiting.delete(look)
          signal?.removeEventListener('abort', abort)
          resolve(result)
        }
        const look = (): void => {
          const at = known.get(entry)
          if (at !== undefined) settle(ok(at))
        }
        const abort = (): void => settle(err(cancelled))
        const timer = setTimeout(() => settle(err(unknown(entry, timeoutMs))), timeoutMs)
        waiting.add(look)
        signal?.addEventListener('abort', abort, { once: true })
        if (signal?.aborted === true) abort()
        else look()
      }),
  }
}

function timeOf(line: Readonly<Record<string, unknown>>, now: () => Date): string {
  const time = typeof line['time'] === 'string' ? new Date(line['time']) : now()
  return (Number.isNaN(time.getTime()) ? now() : time).toISOString()
}

const cancelled = appError(
  'run.cancelled',
  'The wait for the agent was cancelled.',
  'Start it again when you are ready.',
)

const unknown = (entry: string, timeoutMs: number) =>
  appError('spire.entry-unknown', 'The agent did not take over the registration entry.', 'Restart the SPIRE steps.', {
    expected: `the entry ${entry} known to the agent within ${timeoutMs / 1000} s`,
    found: 'no word of it in the agent’s log',
  })
