import { closeSync, type FSWatcher, mkdirSync, openSync, rmSync, watch, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GateRecord, writtenGateSchema } from '../../domain/gate.ts'
import { parseJson } from '../../domain/json.ts'
import { log } from '../plugin/go-plugin/hclog.ts'

const progressFile = (folder: string, containerId: string): string => join(folder, `${containerId}.progress`)

/**
 * The progress of a container's attestation: a file beside the records (0600) with a line for each gate, removed at the
 * end. No result depends on it. A line is written synchronously: a thread hand-over costs more than the write.
 */
export class Progress {
  readonly #folder: string
  readonly #file: string
  readonly #written = new Map<string, string>()
  #open: number | undefined

  constructor(folder: string, containerId: string) {
    this.#folder = folder
    this.#file = progressFile(folder, containerId)
  }

  /** Takes the decided gates, and writes those that are new or have changed. */
  update(gates: readonly GateRecord[]): void {
    const lines = gates.filter(({ id, verdict }) => this.#written.get(id) !== verdict)
    for (const { id, verdict } of lines) this.#written.set(id, verdict)
    attempt(() => {
      this.#open ??= this.#begin()
      writeSync(this.#open, lines.map((gate) => `${JSON.stringify(gate)}\n`).join(''))
    })
  }

  /** Removes the file. */
  end(): void {
    attempt(() => {
      if (this.#open === undefined) return
      closeSync(this.#open)
      rmSync(this.#file, { force: true })
    })
  }

  #begin(): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    // Two processes of a container may be attested at the same time: both write.
    return openSync(this.#file, 'a', 0o600)
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    log('warn', 'The progress could not be written', { error: error instanceof Error ? error.message : 'unknown' })
  }
}

/**
 * Follows the progress of a container's attestation: calls back with all gates that are decided so far, each time that
 * something was written. Changes between two reads are reported together. `close` ends it. If the folder is missing or
 * cannot be watched, only the live display suffers, not the run's result.
 */
export function watchProgress(
  folder: string,
  containerId: string,
  onGates: (gates: readonly GateRecord[]) => void,
): { readonly close: () => void } {
  const file = progressFile(folder, containerId)
  let closed = false
  const watcher = watched(folder, (name) => {
    if (name !== `${containerId}.progress`) return
    void readFile(file, 'utf8').then(
      (text) => {
        const gates = gatesIn(text)
        if (gates.length > 0 && !closed) onGates(gates)
      },
      () => undefined,
    )
  })
  watcher?.on('error', () => watcher.close())
  return {
    close: () => {
      closed = true
      watcher?.close()
    },
  }
}

function watched(folder: string, onName: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(folder, (_, name) => onName(name))
  } catch {
    return undefined
  }
}

/** The gates of complete lines, each with its latest result; a malformed or incomplete line is skipped. */
function gatesIn(text: string): readonly GateRecord[] {
  const gates = new Map<string, GateRecord>()
  for (const line of text.split('\n').slice(0, 64)) {
    const gate = writtenGateSchema.safeParse(parseJson(line))
    if (gate.success) gates.set(gate.data.id, gate.data)
  }
  return [...gates.values()]
}
