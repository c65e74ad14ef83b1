import { useEffect, useState } from 'react'
import type { RecordingOf } from '../../src/core/contract/contract.ts'
import { parseRecording } from '../../src/core/contract/recording.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { Tape } from '../replay/tape.ts'

/** The recording of a scenario, once it is read; each is read once. */
export function useTape(
  scenario: ScenarioId | null,
  /** The talk whose rehearsal is meant; null for what ships. */
  rehearsal: string | null,
  getRecording: (of: RecordingOf) => Promise<string | null>,
): Tape | null {
  const [tapes, setTapes] = useState<Readonly<Record<string, Tape>>>({})
  const key = `${rehearsal ?? ''}/${scenario ?? ''}`
  const has = tapes[key] !== undefined
  useEffect(() => {
    if (scenario === null || has) return
    void getRecording(
      rehearsal === null ? { kind: 'shipped', scenario } : { kind: 'rehearsal', talk: rehearsal, scenario },
    ).then((text) => {
      const recording = text === null ? null : parseRecording(text)
      if (recording?.ok === true) setTapes((now) => ({ ...now, [key]: new Tape(recording.value) }))
    })
  }, [scenario, rehearsal, key, has, getRecording])
  return scenario === null ? null : (tapes[key] ?? null)
}
