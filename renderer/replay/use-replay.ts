import { useEffect, useMemo, useState } from 'react'
import type { RecordingOf } from '../../src/core/contract/contract.ts'
import { parseRecording, recordingBounds } from '../../src/core/contract/recording.ts'
import { tooLarge, unreadable } from '../../src/core/contract/recording-errors.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { ActId } from '../state/acts.ts'
import { atStart, move, type Player, type PlayerMove } from './player.ts'
import { Tape } from './tape.ts'

/** An open recording. */
export interface OpenReplay {
  readonly tape: Tape
  readonly player: Player
  /** The good story, shown beside this one; null if this one is shown alone. */
  readonly beside: Tape | null
  readonly onMove: (what: PlayerMove) => void
  /** Opens one of the two at an act, as it ended. */
  readonly onOpen: (tape: Tape, act: ActId) => void
}

/** The way to recordings: at most one is open. */
export interface Replay {
  readonly open: OpenReplay | null
  /** Why a recording could not be opened. */
  readonly problem: AppError | null
  /** Opens a recording that the engine has. */
  readonly watch: (of: RecordingOf) => void
  /** Opens a file that a person has chosen; it is read here, and is not sent anywhere. */
  readonly openFile: (file: File) => void
  /** Opens the text of a recording. */
  readonly openText: (text: string) => void
  /** Says why a recording cannot be opened. */
  readonly refuse: (error: AppError) => void
  /** Opens the recording of an attack beside that of the good story. */
  readonly compare: (attack: ScenarioId) => void
  readonly leave: () => void
}

/** The interval at which playback advances, in milliseconds. */
const tickMs = 100

/** Opens recordings and lets time pass in the one that plays. */
export function useReplay(getRecording: (of: RecordingOf) => Promise<string | null>): Replay {
  const [open, setOpen] = useState<Omit<OpenReplay, 'onMove' | 'onOpen'> | null>(null)
  const [problem, setProblem] = useState<AppError | null>(null)
  const ways = useMemo(() => {
    const tapeOf = (text: string | null): Tape | null => {
      if (text === null) return null
      const recording = parseRecording(text)
      if (recording.ok) return new Tape(recording.value)
      setProblem(recording.error)
      return null
    }
    const show = (text: string | null) => {
      const tape = tapeOf(text)
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches
      if (tape !== null) setOpen({ tape, player: atStart(!still), beside: null })
    }
    return {
      watch: (of: RecordingOf) => {
        setProblem(null)
        void getRecording(of).then(show)
      },
      openText: (text: string) => {
        setProblem(null)
        show(text)
      },
      refuse: setProblem,
      openFile: (file: File) => {
        setProblem(null)
        if (file.size > recordingBounds.characters) return setProblem(tooLarge(file.size))
        void textOf(file).then((text) => (typeof text === 'string' ? show(text) : setProblem(text)))
      },
      compare: (attack: ScenarioId) => {
        setProblem(null)
        const shipped = (scenario: ScenarioId) => getRecording({ kind: 'shipped', scenario })
        void Promise.all([shipped('signed'), shipped(attack)]).then((texts) => {
          const [beside, tape] = texts.map(tapeOf)
          if (beside && tape) setOpen({ tape, player: atStart(false), beside })
        })
      },
      leave: () => {
        setProblem(null)
        setOpen(null)
      },
      onMove: (what: PlayerMove) =>
        setOpen((now) => (now === null ? null : { ...now, player: move(now.player, what, now.tape), beside: null })),
      onOpen: (tape: Tape, act: ActId) =>
        setOpen({ tape, player: move(atStart(false), { kind: 'look', act }, tape), beside: null }),
    }
  }, [getRecording])
  const playing = open?.player.playing ?? false
  useEffect(() => {
    if (!playing) return
    let before = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      // A window that was suspended continues where it was.
      ways.onMove({ kind: 'tick', ms: Math.min(now - before, tickMs * 5) })
      before = now
    }, tickMs)
    return () => clearInterval(timer)
  }, [playing, ways])
  return { ...ways, open: open === null ? null : { ...open, onMove: ways.onMove, onOpen: ways.onOpen }, problem }
}

async function textOf(file: File): Promise<string | AppError> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer())
  } catch (thrown) {
    return unreadable(thrown instanceof Error ? thrown.message : String(thrown))
  }
}
