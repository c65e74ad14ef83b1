import { assertNever } from '../../src/core/domain/result.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import { headlineOf } from '../acts/headline.ts'
import { type ActId, actsOf, currentAct } from '../state/acts.ts'
import type { Stop, Tape } from './tape.ts'

/** How fast a recording plays: in real time, or at reading speed. */
export const speeds = ['reading', '0.5', '1', '2', '4'] as const
export type Speed = (typeof speeds)[number]

/** The state of a replay. Pure data: the caller decides when time passes. */
export interface Player {
  /** How many events have been applied. */
  readonly position: number
  /** The act that is shown; null follows the run. */
  readonly act: ActId | null
  /** All recordings are shown instead of this one. */
  readonly home: boolean
  readonly playing: boolean
  readonly speed: Speed
  /** Milliseconds on the screen since this place was reached. */
  readonly shownMs: number
}

export type PlayerMove =
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  /** Time has passed on the screen. */
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'seek'; readonly position: number }
  /** To the next or the previous stop. */
  | { readonly kind: 'step'; readonly by: 1 | -1 }
  | { readonly kind: 'look'; readonly act: ActId }
  | { readonly kind: 'speed'; readonly speed: Speed }
  | { readonly kind: 'home' }

/** The start of a recording. */
export const atStart = (playing: boolean): Player => ({
  position: 1,
  act: 'map',
  home: false,
  playing,
  speed: 'reading',
  shownMs: 0,
})

/** The player after a move. A person's move stops playback; otherwise only the end does. */
export function move(player: Player, what: PlayerMove, tape: Tape): Player {
  const chosen = { ...player, home: false, playing: false, shownMs: 0 }
  switch (what.kind) {
    case 'play':
      return player.position >= tape.length && nextPage(player, tape) === undefined
        ? { ...atStart(true), speed: player.speed }
        : { ...player, home: false, playing: true }
    case 'pause':
      return { ...player, playing: false }
    case 'tick':
      return player.playing ? played({ ...player, shownMs: player.shownMs + what.ms }, tape) : player
    case 'seek': {
      const position = Math.min(tape.length, Math.max(1, Math.round(what.position)))
      return { ...chosen, position, act: firstStopAt(position, tape)?.act ?? null }
    }
    case 'step': {
      const stop = nextStop(player, tape, what.by)
      return stop === undefined ? { ...chosen } : { ...chosen, position: stop.position, act: stop.act }
    }
    case 'look': {
      // The map grows with the run: it is shown as it is at this place. Every other page moves the place.
      const stop = what.act === 'map' ? undefined : tape.stops.findLast(({ act }) => act === what.act)
      return { ...chosen, position: stop?.position ?? player.position, act: what.act }
    }
    case 'speed':
      return { ...player, speed: what.speed, shownMs: 0 }
    case 'home':
      return { ...chosen, home: true }
    default:
      return assertNever(what, 'move')
  }
}

/** The act that is shown now. */
export const actOf = (player: Player, tape: Tape): ActId => player.act ?? currentAct(tape.stateAt(player.position))

/** The stop before (-1) or after (1) this place, or undefined at the end. */
export function nextStop(player: Player, tape: Tape, by: 1 | -1): Stop | undefined {
  const act = actOf(player, tape)
  const here = tape.stops.findLastIndex((stop) => stop.position === player.position && stop.act === act)
  if (here >= 0) return tape.stops[here + by]
  // Between two stops, or at another page than the stop's.
  const before = tape.stops.findLastIndex(({ position }) => position <= player.position)
  return tape.stops[by === 1 ? before + 1 : before]
}

const firstStopAt = (position: number, tape: Tape): Stop | undefined =>
  tape.stops.find((stop) => stop.position === position)

/** Advances for as long as time remains. */
function played(player: Player, tape: Tape): Player {
  let now = player
  for (let hold = holdMs(now, tape); now.playing && now.shownMs >= hold; hold = holdMs(now, tape)) {
    now = { ...onward(now, tape), shownMs: now.shownMs - hold }
  }
  return now.playing ? now : { ...now, shownMs: 0 }
}

function onward(player: Player, tape: Tape): Player {
  const page = nextPage(player, tape)
  if (page !== undefined) return { ...player, act: page.act }
  if (player.position >= tape.length) return { ...player, playing: false }
  const position = player.position + 1
  const act = player.speed === 'reading' ? (firstStopAt(position, tape)?.act ?? null) : null
  return { ...player, position, act }
}

/** At reading speed the pages of a step's results are turned too. */
function nextPage(player: Player, tape: Tape): Stop | undefined {
  if (player.speed !== 'reading') return undefined
  const stop = nextStop(player, tape, 1)
  return stop?.position === player.position ? stop : undefined
}

/** The longest time that one event stays on the screen, in milliseconds. */
const longestMs = 5_000

/** How long this place stays on the screen before playback advances, in milliseconds. */
export function holdMs(player: Player, tape: Tape): number {
  const recorded = recordedMs(player, tape)
  if (player.speed !== 'reading') return Math.min(longestMs, recorded / Number(player.speed))
  const event = tape.recording.events[player.position - 1]
  const run = tape.stateAt(player.position)
  const act = actOf(player, tape)
  if (tape.stops.some((stop) => stop.position === player.position && stop.act === act)) return readingMs(run, act)
  if (event?.type === 'step.waited') return readingMs(run, act)
  return event?.type === 'step.started' ? 1_200 : Math.min(300, recorded)
}

/** How long it took until the next event, in milliseconds; 0 at the end. */
const recordedMs = ({ position }: Player, tape: Tape): number =>
  position >= tape.length ? 0 : tape.timeAt(position + 1) - tape.timeAt(position)

/** The time to read a page's headline and sentence, and to look at its picture. */
function readingMs(run: RunState, id: ActId): number {
  const act = actsOf(run).find((each) => each.id === id)
  if (act === undefined) return longestMs
  const { headline, why } = headlineOf(run, act)
  return Math.min(12_000, 2_500 + `${headline} ${why}`.split(' ').length * 250)
}

/** The time in the recording, in milliseconds since the epoch. */
export function clockOf(player: Player, tape: Tape): number {
  const begin = tape.timeAt(player.position)
  const hold = holdMs(player, tape)
  if (hold === 0 || nextPage(player, tape) !== undefined) return begin
  return begin + recordedMs(player, tape) * Math.min(1, player.shownMs / hold)
}

/** A wait that was shortened in playback, in milliseconds; null if nothing relevant is left out. */
export function shortenedWait(
  player: Player,
  tape: Tape,
): { readonly tookMs: number; readonly shownMs: number } | null {
  const tookMs = recordedMs(player, tape)
  const shownMs = holdMs(player, tape)
  const speed = player.speed === 'reading' ? 1 : Number(player.speed)
  return tookMs / speed > longestMs && shownMs < tookMs / speed ? { tookMs, shownMs } : null
}
