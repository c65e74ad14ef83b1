import { mkdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import { isFileError } from '../../files/file-error.ts'
import { stateUnwritable } from '../../machine/own-folders.ts'

/** A session writes an image, logs and a registry's data; this is generous. */
const neededBytes = 1024 ** 3
const mib = (bytes: number): string => `${Math.floor(bytes / 1024 ** 2)} MiB`

/** Checks disk and clock. The first thing that would make the story fail later is the error. */
export async function machineChecks(state: string, cache: string): Promise<Result<readonly Check[]>> {
  let free: number
  try {
    await mkdir(state, { recursive: true, mode: 0o700 })
    const { bavail, bsize } = await statfs(state)
    free = bavail * bsize
  } catch (error) {
    if (!isFileError(error)) throw error
    return err(stateUnwritable(state, error))
  }
  if (free < neededBytes) {
    const remedy = `Free some space on the disk that holds the state (\`df -h ${state}\`), or set XDG_STATE_HOME to another disk.`
    const more = { expected: `at least ${mib(neededBytes)} free`, found: mib(free) }
    return err(appError('machine.disk-full', 'There is too little room on the disk.', remedy, more))
  }
  // Everything here depends on times: a clock that is earlier than our own files makes valid certificates invalid.
  const newest = await newestOf([join(state, 'sandbox'), cache])
  const now = Date.now()
  if (newest !== undefined && newest > now + 60_000) {
    const remedy = 'Set the clock of this machine, for example: `sudo timedatectl set-ntp true`.'
    const more = { expected: `a time after ${new Date(newest).toISOString()}`, found: new Date(now).toISOString() }
    return err(appError('machine.clock-behind', 'The clock of this machine goes behind its own files.', remedy, more))
  }
  return ok([
    { id: 'disk', verdict: 'passed', expected: `at least ${mib(neededBytes)} free`, found: `${mib(free)} free` },
    { id: 'clock', verdict: 'passed', expected: 'not behind the files made here', found: new Date(now).toISOString() },
  ])
}

async function newestOf(paths: readonly string[]): Promise<number | undefined> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      ),
    ),
  )
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
