import type { EventEmitter } from 'node:events'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { type AppError, appError, type ErrorCode } from '../domain/app-error.ts'
import { proxyEnvironment } from '../network/proxy.ts'
import { lineLog } from './line-log.ts'
import { bootId, endMarked, markVariable, newMark, removePidRecord, writePidRecord } from './pid-record.ts'
import { readProcStat } from './proc-stat.ts'
import type { Redactor } from './redactor.ts'

export interface OutputLine {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

/** What to run. Arguments are argv; there is no shell anywhere. */
export interface CommandSpec {
  /** An absolute path, or a name that is looked up in the PATH of `env`. */
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to the allow-listed base environment. Nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** The file for the whole output, redacted. */
  readonly logFile?: string
  readonly redactor?: Redactor
  /** Called with each line for people, and as it was printed: for a parser alone, because it may hold a secret. */
  readonly onLine?: (line: OutputLine, unmasked: string) => void
  readonly input?: string
  /** For a long-running program: the folder for its pid record, so that it can be found after a crash of ours. */
  readonly pidFolder?: string
  /** Whether everything that the program started ends with it, also what left its process group and session. */
  readonly wholeTree?: boolean
  /** How long a cancelled or timed-out program has between SIGTERM and SIGKILL. */
  readonly graceMs?: number
  /**
   * Never ended by us, not even by `signal`, the time limit or our own end: half of its work would be worse than all of
   * it.
   */
  readonly uninterruptible?: boolean
}

interface Ended {
  /** Program and arguments, redacted. */
  readonly command: readonly string[]
  /** At most the last 4 MiB of each stream, redacted. */
  readonly stdout: string
  readonly stderr: string
  /**
   * The same as it was printed: for a parser alone. A password may be a word of what is parsed, and masking would
   * change its meaning. It may hold a secret, so no part of it reaches a person unmasked; a function, so that no log
   * writes it.
   */
  readonly unmasked: () => { readonly stdout: string; readonly stderr: string }
  readonly elapsedMs: number
}

/** How a program ended. Success is `exited` with code 0. */
export type CommandOutcome =
  | (Ended & { readonly kind: 'exited'; readonly exitCode: number })
  | (Ended & { readonly kind: 'crashed'; readonly signal: string })
  | (Ended & { readonly kind: 'timed-out'; readonly afterMs: number })
  | (Ended & { readonly kind: 'cancelled' })
  | (Ended & { readonly kind: 'not-started'; readonly reason: string })

const inherited = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const

/** The environment of every child: a short allow-list, proxies among it, and settings that keep tools from drawing. */
export function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = { TERM: 'dumb', NO_COLOR: '1', ...proxyEnvironment(process.env) }
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}

const nothing = () => ({ stdout: '', stderr: '' })
const maxBuffer = 4 * 1024 * 1024

/**
 * Runs a program to its end. Never rejects for anything the program does; cancel, timeout, crash and exit code are
 * distinguished. On cancel and timeout the whole process group is ended, first with SIGTERM, then with SIGKILL. What a
 * program leaves running in its group is ended with it; with `wholeTree`, also what left the group and kept the mark in
 * its environment.
 */
export async function runCommand(spec: CommandSpec): Promise<CommandOutcome> {
  const clean = (text: string): string => spec.redactor?.clean(text) ?? text
  const command = [spec.program, ...spec.args].map(clean)
  const started = performance.now()
  if (spec.signal?.aborted === true)
    return { command, stdout: '', stderr: '', unmasked: nothing, elapsedMs: 0, kind: 'cancelled' }

  const mark = spec.pidFolder === undefined && spec.wholeTree !== true ? undefined : newMark()
  const child = execa(spec.program, [...spec.args], {
    reject: false,
    shell: false,
    extendEnv: false,
    env: { ...baseEnvironment(), ...spec.env, ...(mark === undefined ? {} : { [markVariable]: mark }) },
    // A group of its own: Ctrl-C in the terminal reaches us first, and the whole group can be ended.
    detached: true,
    cleanup: spec.uninterruptible !== true,
    buffer: false,
    ...(spec.input === undefined ? { stdin: 'ignore' } : { input: spec.input }),
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  })
  const text = { stdout: keepEnd(child.stdout), stderr: keepEnd(child.stderr) }
  const facts = () => ({
    command,
    stdout: clean(text.stdout()),
    stderr: clean(text.stderr()),
    unmasked: () => ({ stdout: text.stdout(), stderr: text.stderr() }),
    elapsedMs: Math.round(performance.now() - started),
  })
  if (child.pid === undefined) {
    const { originalMessage, shortMessage } = await child
    return { ...facts(), kind: 'not-started', reason: clean(originalMessage ?? shortMessage ?? 'unknown') }
  }
  const marked = mark === undefined ? undefined : followMark(spec, child.pid, mark)
  const log = lineLog({ file: spec.logFile, keep: 1, clean, onLine: spec.onLine })
  log.follow('stdout', child.stdout)
  log.follow('stderr', child.stderr)
  const ended = await endOf(child, child.pid, spec)
  await marked?.endTree()
  await log.close()
  marked?.forget()
  if (ended.why === 'cancelled') return { ...facts(), kind: 'cancelled' }
  if (ended.why === 'timed-out') return { ...facts(), kind: 'timed-out', afterMs: spec.timeoutMs }
  if (ended.code !== null) return { ...facts(), kind: 'exited', exitCode: ended.code }
  return { ...facts(), kind: 'crashed', signal: ended.signal ?? 'unknown' }
}

/** The purpose of a program's mark: ending what it started, and finding it at the next start by a record. */
function followMark(spec: CommandSpec, pid: number, mark: string) {
  const since = readProcStat(pid)?.startTime
  return {
    endTree: () => (spec.wholeTree === true ? endMarked(mark, since) : undefined),
    forget: spec.pidFolder === undefined ? () => undefined : recordCommand(spec, pid, mark),
  }
}

/** Writes the record by which the next start finds this program; returns how to remove it. */
function recordCommand({ program, pidFolder = '' }: CommandSpec, pid: number, mark: string): () => void {
  const startTime = readProcStat(pid)?.startTime ?? 'gone'
  const file = writePidRecord(pidFolder, { id: basename(program), pid, startTime, bootId: bootId(), program, mark })
  return () => removePidRecord(file)
}

interface End {
  readonly why: 'itself' | 'cancelled' | 'timed-out'
  readonly code: number | null
  readonly signal: string | null
}

/** Waits for the program itself ('exit', not 'close': another process may hold its pipes), and ends it on request. */
function endOf(child: EventEmitter, pid: number, spec: CommandSpec): Promise<End> {
  return new Promise((resolve) => {
    let why: End['why'] = 'itself'
    let force: NodeJS.Timeout | undefined
    const end = (reason: 'cancelled' | 'timed-out'): void => {
      if (why !== 'itself' || spec.uninterruptible === true) return
      why = reason
      signalGroup(pid, 'SIGTERM')
      force = setTimeout(() => signalGroup(pid, 'SIGKILL'), spec.graceMs ?? 5_000)
    }
    const onAbort = (): void => end('cancelled')
    const timer = setTimeout(() => end('timed-out'), spec.timeoutMs)
    spec.signal?.addEventListener('abort', onAbort, { once: true })
    child.once('exit', (code: number | null, signal: string | null) => {
      clearTimeout(timer)
      clearTimeout(force)
      spec.signal?.removeEventListener('abort', onAbort)
      signalGroup(pid, 'SIGKILL')
      resolve({ why, code, signal })
    })
  })
}

/** Keeps the last 4 MiB of a stream. */
function keepEnd(stream: Readable): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    while (size > maxBuffer && chunks.length > 1) size -= chunks.shift()?.length ?? 0
  })
  return () => Buffer.concat(chunks).subarray(-maxBuffer).toString('utf8')
}

/** Whether the program ran and ended with exit code 0. */
export const succeeded = (outcome: CommandOutcome): outcome is CommandOutcome & { kind: 'exited' } =>
  outcome.kind === 'exited' && outcome.exitCode === 0

/** Turns an outcome that is not success into an error, with the last lines of its output as evidence. */
export function commandError(
  outcome: CommandOutcome,
  code: ErrorCode,
  what: string,
  remedy: string,
  more: { expected?: string; found?: string; logFile?: string } = {},
): AppError {
  const lines = `${outcome.stdout}\n${outcome.stderr}`.split('\n').filter((line) => line.trim() !== '')
  return appError(code, what, remedy, {
    expected: more.expected ?? 'exit code 0',
    found: more.found ?? describeEnding(outcome),
    evidence: {
      command: outcome.command,
      ending:
        outcome.kind === 'exited'
          ? 'non-zero exit'
          : outcome.kind === 'crashed'
            ? 'crash'
            : outcome.kind === 'timed-out'
              ? 'timed out'
              : outcome.kind === 'cancelled'
                ? 'cancelled'
                : 'not started',
      ...(outcome.kind === 'exited' ? { exitCode: outcome.exitCode } : {}),
      ...(outcome.kind === 'crashed' ? { signal: outcome.signal } : {}),
      lastLines: lines.slice(-12),
      ...(more.logFile === undefined ? {} : { logFile: more.logFile }),
    },
  })
}

/** How it ended, in words. */
export function describeEnding(outcome: CommandOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit code ${outcome.exitCode}`
    case 'crashed':
      return `ended by signal ${outcome.signal}`
    case 'timed-out':
      return `no end after ${Math.round(outcome.afterMs / 1000)} s`
    case 'cancelled':
      return 'cancelled'
    case 'not-started':
      return `could not be started: ${outcome.reason}`
  }
}

/** Sends a signal to a whole process group; a group that is gone already is fine. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  // kill(2): -1 means every process, 0 our own group.
  if (pid === undefined || pid < 2) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nothing left to signal.
  }
}
