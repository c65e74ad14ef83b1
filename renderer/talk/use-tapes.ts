import { useEffect, useState } from 'react'
import type { RecordingOf } from '../../src/core/contract/contract.ts'
import { parseRecording } from '../../src/core/contract/recording.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { Tape } from '../replay/tape.ts'

/** The recording of a scenario, once it is read; each is read once. */
export function useTape(
  scenario: ScenarioId | null,
  getRecording: (of: RecordingOf) => Promise<string | null>,
): Tape | null {
  const [tapes, setTapes] = useState<Readonly<Partial<Record<ScenarioId, Tape>>>>({})
  const has = scenario !== null && tapes[scenario] !== undefined
  useEffect(() => {
    if (scenario === null || has) return
    void getRecording({ kind: 'shipped', scenario }).then((text) => {
      const recording = text === null ? null : parseRecording(text)
      if (recording?.ok === true) setTapes((now) => ({ ...now, [scenario]: new Tape(recording.value) }))
    })
  }, [scenario, has, getRecording])
  return scenario === null ? null : (tapes[scenario] ?? null)
}
