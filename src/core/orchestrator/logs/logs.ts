import { type FSWatcher, mkdirSync, readdirSync, statSync, watch } from 'node:fs'
import { basename, join } from 'node:path'
import type { Change } from '../../contract/changes.ts'
import { logKey, logOwner } from '../../contract/log-tails.ts'
import { finder, shownLine } from '../../domain/visible-text.ts'
import { startedBy } from '../../workflow/session-services.ts'
import { type StepId, stepIds, steps } from '../../workflow/steps.ts'
import { type LineSpan, LogFile, readLines } from './log-file.ts'

/** The output of the steps' tools, followed in the files that it is written to. */
export interface HostLogs {
  /** Follows the logs of a run's own steps. */
  readonly addRun: (runId: string, folder: string) => void
  /** Reports now every line that was written. */
  readonly readNew: () => void
  /** Lines by range, and how many there are. */
  readonly read: (runId: string, step: StepId, from: number, count: number) => { lines: string[]; total: number }
  /** The numbers of the lines that contain a text as it is shown, and the first line that was not searched. */
  readonly find: (runId: string, step: StepId, text: string, from: number) => { lines: number[]; searched: number }
  readonly close: () => void
}

/** Lines as they are reported. */
export type PublishedLines = Extract<Change, { kind: 'log' }>

interface Log {
  readonly owner: string
  readonly step: StepId
  readonly spans: LineSpan[]
}

const perChange = 500
/** Lines searched in one go; the window's process has other work as well. */
const perFind = 10_000
const soonMs = 60

/**
 * Follows the session's logs from their present end on (what is there already is an earlier session's), and those of
 * the runs that are added. Lines are published as they are written; every line was redacted before it was.
 */
export function hostLogs(sessionFolder: string, publish: (lines: PublishedLines) => void): HostLogs {
  const logs = new Map<string, Log>()
  const files = new Map<string, { readonly file: LogFile; readonly log: Log }>()
  const watchers: FSWatcher[] = []
  const touched = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const add = (path: string, runId: string, skip: number): void => {
    const name = basename(path, '.log')
    const step = runId === 'session' ? startedBy(name) : stepIds.find((id) => id === name)
    if (!path.endsWith('.log') || step === undefined || files.has(path)) return
    const key = logKey(runId, step)
    const log = logs.get(key) ?? { owner: logOwner(runId, step), step, spans: [] }
    logs.set(key, log)
    const label = runId === 'session' && name !== step ? `${name} | ` : ''
    files.set(path, { file: new LogFile(path, label, skip), log })
  }
  const readNew = (path: string): void => {
    const followed = files.get(path)
    if (followed === undefined) return
    const { log } = followed
    const spans = followed.file.readNew()
    for (let at = 0; at < spans.length; at += perChange) {
      const some = spans.slice(at, at + perChange)
      const from = log.spans.length
      log.spans.push(...some)
      publish({ kind: 'log', runId: log.owner, step: log.step, from, lines: readLines(some) })
    }
  }
  const readTouched = (): void => {
    timer = undefined
    for (const path of touched) readNew(path)
    touched.clear()
  }
  const watchFolder = (folder: string, runId: string): void => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const watcher = tryWatch(folder, (name) => {
      add(join(folder, name), runId, 0)
      touched.add(join(folder, name))
      timer ??= setTimeout(readTouched, soonMs).unref()
    })
    if (watcher !== undefined) watchers.push(watcher)
  }
  for (const name of list(sessionFolder)) {
    const path = join(sessionFolder, name)
    add(path, 'session', statSync(path).size)
  }
  watchFolder(sessionFolder, 'session')
  return {
    addRun: (runId, folder) => {
      for (const step of stepIds) if (steps[step].scope === 'run') add(join(folder, `${step}.log`), runId, 0)
      watchFolder(folder, runId)
    },
    readNew: () => {
      // A service that has just started may have a log that has not been reported yet.
      for (const name of list(sessionFolder)) add(join(sessionFolder, name), 'session', 0)
      for (const path of files.keys()) readNew(path)
    },
    read: (runId, step, from, count) => {
      const spans = logs.get(logKey(runId, step))?.spans ?? []
      return { lines: readLines(spans.slice(from, from + count)), total: spans.length }
    },
    find: (runId, step, text, from) => {
      const spans = logs.get(logKey(runId, step))?.spans ?? []
      const searched = Math.min(spans.length, from + perFind)
      const find = finder(text)
      const lines: number[] = []
      for (let at = from; at < searched; at += perChange) {
        readLines(spans.slice(at, Math.min(searched, at + perChange))).forEach((line, index) => {
          if (shownLine(line).search(find) !== -1) lines.push(at + index)
        })
      }
      return { lines, searched }
    },
    close: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** Notifications are limited in number per user; without them logs are still read at each event of a run. */
function tryWatch(folder: string, onChange: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name !== null) onChange(name)
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
