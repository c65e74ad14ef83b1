import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { satisfies, valid } from 'semver'
import { z } from 'zod'
import { errorCode, fileKind } from '../../files/read-regular.ts'
import { describeEnding, runCommand, succeeded } from '../../process/command.ts'
import type { Program } from '../lock-file.ts'

const inspectionSchema = z.object({
  /** Size, times and inode: when one differs, the rest is not trusted any more. */
  stamp: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the binary printed for its version, or how it ended when it printed none. */
  output: z.string(),
  answered: z.boolean(),
})

/** A file's facts: its hash and its own version. */
export type Inspection = z.infer<typeof inspectionSchema>

/** Inspections by path; kept on disk so that big binaries are not hashed and run again each time. */
export const inspectionsSchema = z.record(z.string(), inspectionSchema)
export type Inspections = Map<string, Inspection>

/** Why a path is not a runnable program, with the fix if there is one. */
export interface Unrunnable {
  readonly why: string
}

/** Size, times and inode of an executable file, or why it is not one. */
async function stampOf(path: string): Promise<string | Unrunnable> {
  let facts: Stats
  try {
    facts = await stat(path)
  } catch (error) {
    const code = errorCode(error)
    return { why: code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : `it cannot be read: ${code}` }
  }
  if (!facts.isFile()) return { why: `it is ${fileKind(facts)}, not a program` }
  try {
    await access(path, constants.X_OK)
  } catch {
    return { why: notExecutable(path, facts.mode) }
  }
  return `${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}:${facts.ino}`
}

function notExecutable(path: string, mode: number): string {
  const shown = (mode & 0o7777).toString(8).padStart(4, '0')
  return (mode & 0o111) === 0
    ? `it is not executable, its mode is ${shown} (fix: chmod u+x '${path}')`
    : `this user may not execute it, although its mode is ${shown} (is its file system mounted noexec, or is it another user's?)`
}

/** Size, times and inode of an executable file, or undefined when it is not one. */
export async function fileStamp(path: string): Promise<string | undefined> {
  const stamp = await stampOf(path)
  return typeof stamp === 'string' ? stamp : undefined
}

/** The SHA-256 of a file, 64 lower-case hex characters. Rejects when it cannot be read. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}

/**
 * Hashes a program and then runs it for its version, or returns what `known` has when the file has not changed since.
 * With `expected`, a file of another SHA-256 is never run. An error says why there is nothing to run.
 */
export async function inspect(
  path: string,
  program: Pick<Program, 'reports'>,
  known: Inspections,
  { expected, signal }: { readonly expected?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Inspection | Unrunnable> {
  const stamp = await stampOf(path)
  if (typeof stamp !== 'string') return stamp
  const before = known.get(path)
  if (before?.stamp === stamp) return before
  const sha256 = await sha256OfFile(path)
  if (expected !== undefined && sha256 !== expected) return { stamp, sha256, output: 'not run', answered: false }
  const words = await ask(path, program, signal)
  const inspection = { stamp, sha256, ...words }
  if (words.answered) known.set(path, inspection)
  return inspection
}

async function ask(
  path: string,
  program: Pick<Program, 'reports'>,
  signal: AbortSignal | undefined,
): Promise<{ output: string; answered: boolean }> {
  if (program.reports === undefined) return { output: '', answered: true }
  const outcome = await runCommand({
    program: path,
    args: program.reports.arguments,
    timeoutMs: 20_000,
    ...(signal ? { signal } : {}),
  })
  if (!succeeded(outcome)) return { output: describeEnding(outcome), answered: false }
  return { output: `${outcome.stdout}\n${outcome.stderr}`.slice(0, 4096), answered: true }
}

/** The version that a binary reports, or why it does not fit. */
export function judge(
  inspection: Inspection,
  program: Pick<Program, 'name' | 'version' | 'accepts' | 'reports'>,
): { fits: true; version: string } | { fits: false; why: string } {
  if (program.reports === undefined) return { fits: true, version: program.version }
  if (!inspection.answered) return { fits: false, why: `asked for its version, it answers: ${inspection.output}` }
  const version = program.reports.pattern.exec(inspection.output)?.[1]
  if (version === undefined || valid(version) === null) {
    return { fits: false, why: `its version cannot be read from what it prints: ${shorten(inspection.output)}` }
  }
  if (program.accepts !== undefined && !satisfies(version, program.accepts, { includePrerelease: true })) {
    return { fits: false, why: `it reports version ${version}, and ${program.accepts} is needed` }
  }
  return { fits: true, version: version.replace(/^v/, '') }
}

const shorten = (text: string): string => {
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line === '' ? 'nothing' : line.length > 80 ? `${line.slice(0, 80)}…` : line
}
