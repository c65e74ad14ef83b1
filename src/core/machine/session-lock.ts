import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { bootId, readProcess } from '../process/pid-record.ts'

const holderSchema = z.object({
  pid: z.number().int().positive(),
  startTime: z.string(),
  bootId: z.string(),
  state: z.string(),
})

export interface SessionLock {
  /** The state folder of a session that held the lock and is gone without releasing it. */
  readonly crashed: string | null
  readonly release: () => void
}

/**
 * Takes the one session of this machine and user. A lock whose holder is gone (pid, start time and boot tell) is taken
 * over at once; a living holder is an error that names it.
 */
export function takeSessionLock(runtimeFolder: string, state: string): Result<SessionLock> {
  mkdirSync(runtimeFolder, { recursive: true, mode: 0o700 })
  const file = join(runtimeFolder, 'session.lock')
  const mine = { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? '', bootId: bootId(), state }
  let crashed: string | null = null
  for (let tries = 0; tries < 3; tries++) {
    try {
      writeFileSync(file, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
      return ok({ crashed, release: () => rmSync(file, { force: true }) })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const holder = readHolder(file)
    if (holder !== undefined && lives(holder)) return err(held(holder.pid))
    crashed = holder?.state ?? crashed
    rmSync(file, { force: true })
  }
  return err(held(undefined))
}

/** How the last session of this machine and user stands: `held` by a living process, `crashed`, or neither. */
export function sessionStands(runtimeFolder: string): 'held' | 'crashed' | 'free' {
  const file = join(runtimeFolder, 'session.lock')
  if (!existsSync(file)) return 'free'
  const holder = readHolder(file)
  return holder !== undefined && lives(holder) ? 'held' : 'crashed'
}

type Holder = z.infer<typeof holderSchema>

const lives = (holder: Holder): boolean =>
  holder.bootId === bootId() && readProcess(holder.pid)?.startTime === holder.startTime

function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Garbage, or a lock that was released in the meantime: nobody holds it.
    return undefined
  }
}

const held = (pid: number | undefined) =>
  appError(
    'machine.session-held',
    'Another session of this program is running on this machine.',
    pid === undefined
      ? 'End the other session, then start again.'
      : `End it (Ctrl-C in its terminal, or: kill ${pid}), then start again.`,
    { expected: 'no other session', found: pid === undefined ? 'somebody keeps taking the lock' : `process ${pid}` },
  )
