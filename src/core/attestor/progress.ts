import { watch } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { GateRecord } from '../domain/gate.ts'
import { log } from './go-plugin/hclog.ts'
import { gateSchema } from './records.ts'

const progressFile = (folder: string, containerId: string): string => join(folder, `${containerId}.progress`)

/**
 * How far the attestation of a container is, gate by gate, in a file beside the records (0600): replaced by rename at
 * each gate, gone once the record is there. Nobody waits for it, and no answer depends on it.
 */
export class Progress {
  readonly #folder: string
  readonly #file: string
  #writing: Promise<void> = Promise.resolve()

  constructor(folder: string, containerId: string) {
    this.#folder = folder
    this.#file = progressFile(folder, containerId)
  }

  /** Writes the gates that are decided; each call comes after the one before. */
  tell(gates: readonly GateRecord[]): void {
    const text = JSON.stringify(gates)
    this.#then(async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
    })
  }

  /** Removes the file. */
  end(): void {
    this.#then(() => rm(this.#file, { force: true }))
  }

  #then(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      log('warn', 'The progress could not be written', { error: error instanceof Error ? error.message : 'unknown' })
    })
  }
}

/**
 * Follows the progress of a container's attestation: calls back with the gates that are decided, each time that there
 * are others. What happens between two looks is told at the second one. `close` ends it.
 */
export function watchProgress(
  folder: string,
  containerId: string,
  onGates: (gates: readonly GateRecord[]) => void,
): { readonly close: () => void } {
  const file = progressFile(folder, containerId)
  let closed = false
  const watcher = watch(folder, (_, name) => {
    if (name !== `${containerId}.progress`) return
    void readFile(file, 'utf8').then(
      (text) => {
        const gates = schema.safeParse(parseJson(text))
        if (gates.success && !closed) onGates(gates.data)
      },
      () => undefined,
    )
  })
  // A folder that cannot be watched any more costs the picture its growing, not the run its result.
  watcher.on('error', () => watcher.close())
  return {
    close: () => {
      closed = true
      watcher.close()
    },
  }
}

const schema = z.array(gateSchema).max(16)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
