import { type GateId, type GateRecord, gateIds, gateTable } from '../../domain/gate.ts'

/** What a gate says, before its time is taken. */
export type GateSays = Omit<GateRecord, 'id' | 'elapsedMs'>

/** Takes the time of each gate and keeps the order. */
export class GateLog {
  readonly #records: GateRecord[] = []
  readonly #onChange: (records: readonly GateRecord[]) => void
  #since = performance.now()

  /** `onChange` hears of every gate as it is decided. */
  constructor(onChange: (records: readonly GateRecord[]) => void = () => undefined) {
    this.#onChange = onChange
  }

  /** Closes a gate: the time since the one before is its time. */
  close(id: GateId, says: GateSays): void {
    const now = performance.now()
    this.#records.push({ id, ...says, elapsedMs: Math.round(now - this.#since) })
    this.#since = now
    this.#onChange(this.#records)
  }

  /** Takes over what was found out before, by another attestation of the same image. */
  takeOver(records: readonly GateRecord[]): void {
    this.#records.push(...records)
    this.#since = performance.now()
    this.#onChange(this.#records)
  }

  /** Replaces a gate that turned out differently afterwards. */
  revise(id: GateId, says: GateSays): void {
    const at = this.#records.findIndex((record) => record.id === id)
    const old = this.#records[at]
    if (old !== undefined) this.#records[at] = { id, ...says, elapsedMs: old.elapsedMs }
  }

  get records(): readonly GateRecord[] {
    return this.#records
  }

  /** All gates of the plugin; those that nobody came to are not-checked, for the reason that is given or one that fell. */
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
 * The first gate that nobody passed through. `launch` stops nobody when it falls: it gives a selector or does not, and
 * the registration entry says whether that is needed. Only when nobody knows it is an error, as at every gate.
 */
export const firstStop = (records: readonly GateRecord[]): GateRecord | undefined =>
  records.find(
    ({ id, verdict }) =>
      verdict !== 'passed' && verdict !== 'not-checked' && (id !== 'launch' || verdict === 'could-not-check'),
  )
