import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { runCommand, succeeded } from '../../core/process/command.ts'

/** Files as they were, to be restored when an update does not work. */
export interface KeptFiles {
  /** Restores all of them, whatever fails on the way; returns what could not be restored, in words. */
  readonly restore: () => Promise<readonly string[]>
}

/** Reads files, so that they can be restored. Throws what the file system throws. */
export async function keepFiles(paths: readonly string[]): Promise<KeptFiles> {
  const kept = await Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })))
  return {
    restore: async () => {
      const left: string[] = []
      for (const { path, bytes } of kept) {
        try {
          await writeFileAtomic(path, bytes)
        } catch (error) {
          left.push(`${basename(path)}: ${reasonOf(error)}`)
        }
      }
      return left
    },
  }
}

/** An exception in words. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The files of the recipes and the lock file that differ from the last commit, relative to the checkout. An update that
 * was killed leaves such files, and the next one would restore those. None where Git cannot say.
 */
export async function changedRecipes(assets: string, signal: AbortSignal): Promise<readonly string[]> {
  const outcome = await runCommand({
    program: 'git',
    args: ['-C', assets, 'status', '--porcelain', '--', 'tools', 'tools.lock.json'],
    env: { PATH: process.env['PATH'] ?? '' },
    timeoutMs: 30_000,
    signal,
  })
  if (!succeeded(outcome)) return []
  return outcome.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(3))
}
