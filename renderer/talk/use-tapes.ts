import { useEffect, useState } from 'react'
import type { RecordingOf } from '../../src/core/contract/contract.ts'
import { parseRecording } from '../../src/core/contract/recording.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { Tape } from '../replay/tape.ts'

/** The recording of a scenario: null until it is read, `none` if that cannot be. Each is read once. */
export function useTape(
  scenario: ScenarioId | null,
  /** The talk whose rehearsal is meant; null for what ships. */
  rehearsal: string | null,
  getRecording: (of: RecordingOf) => Promise<string | null>,
): Tape | 'none' | null {
  const [tapes, setTapes] = useState<Readonly<Record<string, Tape | 'none'>>>({})
  const key = `${rehearsal ?? ''}/${scenario ?? ''}`
  const has = tapes[key] !== undefined
  useEffect(() => {
    if (scenario === null || has) return
    void getRecording(
      rehearsal === null ? { kind: 'shipped', scenario } : { kind: 'rehearsal', talk: rehearsal, scenario },
    ).then((text) => {
      const recording = text === null ? null : parseRecording(text)
      const tape = recording?.ok === true ? new Tape(recording.value) : 'none'
      setTapes((now) => ({ ...now, [key]: tape }))
    })
  }, [scenario, rehearsal, key, has, getRecording])
  return scenario === null ? null : (tapes[key] ?? null)
}
