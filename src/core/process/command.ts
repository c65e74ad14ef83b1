import { createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { type AppError, appError, type ErrorCode } from '../domain/app-error.ts'
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
  /** Takes the whole output, redacted. */
  readonly logFile?: string
  readonly redactor?: Redactor
  readonly onLine?: (line: OutputLine) => void
  readonly input?: string
  /** How long a cancelled or timed-out program has between SIGTERM and SIGKILL. */
  readonly graceMs?: number
}

interface Ended {
  /** Program and arguments, redacted. */
  readonly command: readonly string[]
  /** At most the last 4 MiB of each stream, redacted. */
  readonly stdout: string
  readonly stderr: string
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

/** The environment every child starts from: a short allow-list, and settings that keep tools from drawing. */
export function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = { TERM: 'dumb', NO_COLOR: '1' }
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}

const maxBuffer = 4 * 1024 * 1024

/**
 * Runs a program to its end. Never rejects for anything the program does; cancel, time-out, crash and exit code are
 * told apart. On cancel and time-out the whole process group is ended, first with SIGTERM, then with SIGKILL.
 */
export async function runCommand(spec: CommandSpec): Promise<CommandOutcome> {
  const clean = (text: string): string => spec.redactor?.clean(text) ?? text
  const command = [spec.program, ...spec.args].map(clean)
  const started = performance.now()
  const graceMs = spec.graceMs ?? 5_000
  const empty = { command, stdout: '', stderr: '', elapsedMs: 0 }
  if (spec.signal?.aborted === true) return { ...empty, kind: 'cancelled' }

  const child = execa(spec.program, [...spec.args], {
    reject: false,
    shell: false,
    extendEnv: false,
    env: { ...baseEnvironment(), ...spec.env },
    // A group of its own: Ctrl-C in the terminal reaches us first, and the whole group can be ended.
    detached: true,
    cleanup: true,
    maxBuffer,
    stripFinalNewline: false,
    encoding: 'utf8',
    ...(spec.input === undefined ? { stdin: 'ignore' } : { input: spec.input }),
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  })
  const log: WriteStream | undefined = spec.logFile
    ? createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 })
    : undefined
  const listen = (stream: 'stdout' | 'stderr'): void => {
    const source = child[stream]
    if (!source) return
    createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (raw) => {
      const text = clean(raw)
      log?.write(`${text}\n`)
      spec.onLine?.({ stream, text })
    })
  }
  listen('stdout')
  listen('stderr')

  let ended: 'cancelled' | 'timed-out' | undefined
  let force: NodeJS.Timeout | undefined
  const end = (why: 'cancelled' | 'timed-out'): void => {
    if (ended !== undefined) return
    ended = why
    signalGroup(child.pid, 'SIGTERM')
    force = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs)
  }
  const onAbort = (): void => end('cancelled')
  spec.signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => end('timed-out'), spec.timeoutMs)
  const result = await child
  clearTimeout(timer)
  spec.signal?.removeEventListener('abort', onAbort)
  if (ended !== undefined) {
    // The program itself is gone; whatever it started in its group goes too.
    signalGroup(child.pid, 'SIGKILL')
  }
  clearTimeout(force)
  await closeLog(log)

  const facts = {
    command,
    stdout: clean(result.stdout ?? ''),
    stderr: clean(result.stderr ?? ''),
    elapsedMs: Math.round(performance.now() - started),
  }
  if (ended === 'cancelled') return { ...facts, kind: 'cancelled' }
  if (ended === 'timed-out') return { ...facts, kind: 'timed-out', afterMs: spec.timeoutMs }
  if (result.exitCode !== undefined) return { ...facts, kind: 'exited', exitCode: result.exitCode }
  if (result.signal !== undefined) return { ...facts, kind: 'crashed', signal: result.signal }
  return { ...facts, kind: 'not-started', reason: clean(result.originalMessage ?? result.shortMessage ?? 'unknown') }
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
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: nothing left to signal.
  }
}

const closeLog = (log: WriteStream | undefined): Promise<void> =>
  log === undefined ? Promise.resolve() : new Promise((resolve) => log.end(() => resolve()))
