import { type GateId, type GateRecord, gateIds, gateTable } from '../../domain/gate.ts'

/** A gate's result, before its time is measured. */
export type GateSays = Omit<GateRecord, 'id' | 'elapsedMs'>

/** Measures each gate and keeps the order. */
export class GateLog {
  readonly #records: GateRecord[] = []
  readonly #onChange: (records: readonly GateRecord[]) => void
  #since = performance.now()

  /** `onChange` is called with every gate as it is decided. */
  constructor(onChange: (records: readonly GateRecord[]) => void = () => undefined) {
    this.#onChange = onChange
  }

  /** Closes a gate; its time is counted from the previous one. */
  close(id: GateId, says: GateSays): void {
    const now = performance.now()
    this.#records.push({ id, ...says, elapsedMs: Math.round(now - this.#since) })
    this.#since = now
    this.#onChange(this.#records)
  }

  /** Takes over earlier results, from another attestation of the same image. */
  takeOver(records: readonly GateRecord[]): void {
    this.#records.push(...records)
    this.#since = performance.now()
    this.#onChange(this.#records)
  }

  /** Replaces the result of a gate that changed afterwards. */
  revise(id: GateId, says: GateSays): void {
    const at = this.#records.findIndex((record) => record.id === id)
    const old = this.#records[at]
    if (old !== undefined) this.#records[at] = { id, ...says, elapsedMs: old.elapsedMs }
  }

  get records(): readonly GateRecord[] {
    return this.#records
  }

  /** All gates of the plugin; unreached ones are not-checked, because of the given reason or the failed gate. */
  complete(reason = 'the configuration does not ask for it'): readonly GateRecord[] {
    const stopped = firstStop(this.#records)
    return gateIds
      .filter((id) => id !== 'entry')
      .map(
        (id) =>
          this.#records.find((record) => record.id === id) ?? {
            id,
            verdict: 'not-checked',
            expected: gateTable[id].expected,
            found: stopped === undefined ? reason : `gate ${stopped.id} failed before`,
            elapsedMs: 0,
          },
      )
  }
}

/**
 * The first gate that blocks. A failed `launch` gate does not block; it only withholds `launch:as-built`, and the
 * registration entry says whether that is needed. An undetermined gate is an error, `launch` included.
 */
export const firstStop = (records: readonly GateRecord[]): GateRecord | undefined =>
  records.find(
    ({ id, verdict }) =>
      verdict !== 'passed' && verdict !== 'not-checked' && (id !== 'launch' || verdict === 'could-not-check'),
  )
