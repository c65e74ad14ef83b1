import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { GivenFile } from '../../../src/core/contract/desktop.ts'
import { recordingBounds } from '../../../src/core/contract/recording.ts'
import { tooLarge, unreadable } from '../../../src/core/contract/recording-errors.ts'

/**
 * The files among the arguments that the program was started with, as absolute paths. A runtime that runs our `main`
 * has arguments of its own before it; a package has none.
 */
export function filesIn(argv: readonly string[], main: string, folder: string): readonly string[] {
  const own = argv.findIndex((word) => resolve(folder, word) === main)
  return argv
    .slice(Math.max(own, 0) + 1)
    .filter((word) => word !== '' && !word.startsWith('-'))
    .map((word) => resolve(folder, word))
}

/** Reads a file that may be a recording. Never rejects: the reason why it cannot be read is part of the result. */
export async function readGivenFile(path: string): Promise<GivenFile> {
  const name = basename(path)
  try {
    // A FIFO without a writer must not block us.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const about = await file.stat()
      if (!about.isFile()) return { name, error: unreadable(`${path} is not a file`) }
      if (about.size > recordingBounds.characters) return { name, error: tooLarge(about.size) }
      return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile()) }
    } finally {
      await file.close()
    }
  } catch (thrown) {
    return { name, error: unreadable(thrown instanceof Error ? thrown.message : String(thrown)) }
  }
}

/** Files that were handed to the program, in order, until the page takes them. */
export class GivenFiles {
  readonly #waiting: GivenFile[] = []
  readonly #onFile: () => void

  constructor(onFile: () => void) {
    this.#onFile = onFile
  }

  async give(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      this.#waiting.push(await readGivenFile(path))
      this.#onFile()
    }
  }

  readonly take = (): GivenFile | null => this.#waiting.shift() ?? null
}
