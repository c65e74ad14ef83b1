import { assertNever } from '../../domain/result.ts'
import type { ActId, Depth } from '../acts.ts'
import { withVote } from '../prediction.ts'
import type { ScenarioId } from '../scenarios.ts'
import type { Talk, TalkStop } from './schema.ts'

// Where a talk is. Pure: the owner of the position (the main process) keeps it and applies moves.

/** A stop of a talk in the order in which it is given, with its part. */
export interface Stop extends TalkStop {
  /** Which part it belongs to, from 0. */
  readonly part: number
  readonly scenario: ScenarioId
}

/** All stops, one after the other. */
export const stopsOf = ({ parts }: Talk): readonly Stop[] =>
  parts.flatMap(({ scenario, stops }, part) => stops.map((stop) => ({ ...stop, part, scenario })))

/** Live runs, or what was recorded. */
export type TalkMode = 'live' | 'replay'

/** How a talk is begun: a rehearsal is given live, and its runs are recorded. */
export type TalkBegin = TalkMode | 'rehearse'

/** The position of a talk that is being given. */
export interface TalkPosition {
  readonly talk: Talk
  readonly mode: TalkMode
  /** Live, but the rehearsal is shown: something failed or is late. */
  readonly net: boolean
  /** The stop that is shown, from 0; -1 shows the title. */
  readonly at: number
  /** The runs of the parts so far, by part; live only. */
  readonly runs: Readonly<Record<number, string>>
  /** The depth, where the presenter has chosen another one than the stop's. */
  readonly depth: Depth | null
  /** What the next press does outside, as it was asked: it does this and nothing else. Null while nothing was asked. */
  readonly armed: string | null
  readonly blank: boolean
  readonly zoomed: boolean
  /** Where the presenter points to on the page, from 0 to 1 both ways. */
  readonly pointer: { readonly x: number; readonly y: number } | null
  /** The votes at stops that ask for them, by stop, oldest first. */
  readonly votes: Readonly<Record<number, readonly number[]>>
  /** Stops whose verdict has been revealed. */
  readonly revealed: readonly number[]
  /** ISO 8601; when the first stop was shown. */
  readonly startedAt: string | null
}

/** The title of a talk that begins. */
export const beginTalk = (talk: Talk, mode: TalkMode): TalkPosition => ({
  talk,
  mode,
  net: false,
  at: -1,
  runs: {},
  depth: null,
  armed: null,
  blank: false,
  zoomed: false,
  pointer: null,
  votes: {},
  revealed: [],
  startedAt: null,
})

/** What a presenter does that changes nothing outside the window. */
export type TalkMove =
  | { readonly kind: 'show'; readonly at: number; readonly now: string }
  | { readonly kind: 'arm'; readonly says: string }
  /** Takes a request for an outside effect back. */
  | { readonly kind: 'calm' }
  | { readonly kind: 'back' }
  | { readonly kind: 'started'; readonly part: number; readonly runId: string }
  | { readonly kind: 'depth'; readonly depth: Depth }
  | { readonly kind: 'blank' }
  | { readonly kind: 'zoom' }
  /** A vote for an answer; null takes the last one back. */
  | { readonly kind: 'vote'; readonly answer: number | null }
  | { readonly kind: 'reveal' }
  /** Shows the rehearsal in place of what is live, and back. */
  | { readonly kind: 'net' }
  | { readonly kind: 'point'; readonly to: TalkPosition['pointer'] }

/** The position after a move. Every move but arming takes a request for an outside effect back. */
export function moveTalk(position: TalkPosition, move: TalkMove): TalkPosition {
  const calm = { ...position, armed: null }
  switch (move.kind) {
    case 'show': {
      const last = stopsOf(position.talk).length - 1
      const at = Math.max(-1, Math.min(last, move.at))
      const startedAt = position.startedAt ?? (at < 0 ? null : move.now)
      return { ...calm, at, startedAt, depth: null, blank: false, zoomed: false, pointer: null }
    }
    case 'arm':
      return { ...position, armed: move.says, blank: false }
    case 'calm':
      return calm
    case 'back':
      // The first press takes the question back, as a person who is unsure expects.
      return position.armed !== null
        ? calm
        : { ...calm, at: Math.max(-1, position.at - 1), depth: null, blank: false, zoomed: false, pointer: null }
    case 'started':
      return { ...calm, runs: { ...position.runs, [move.part]: move.runId } }
    case 'depth':
      return { ...calm, depth: move.depth }
    case 'blank':
      return { ...calm, blank: !position.blank }
    case 'zoom':
      return { ...calm, zoomed: !position.zoomed }
    case 'vote': {
      if (!isAsking(position)) return position
      const votes = position.votes[position.at] ?? []
      const after = move.answer === null ? votes.slice(0, -1) : withVote(votes, move.answer)
      return { ...calm, votes: { ...position.votes, [position.at]: after } }
    }
    case 'reveal':
      return isAsking(position) ? { ...calm, revealed: [...position.revealed, position.at] } : calm
    case 'net':
      return { ...calm, net: !position.net }
    case 'point':
      return { ...position, pointer: move.to }
    default:
      return assertNever(move, 'move')
  }
}

/** The stop that is shown; null for the title. */
export const stopAt = ({ talk, at }: TalkPosition): Stop | null => stopsOf(talk)[at] ?? null

/** Whether the question about the verdict is open at this stop. */
export const isAsking = (position: TalkPosition): boolean =>
  stopAt(position)?.predict === true && !position.revealed.includes(position.at)

/**
 * Whether what is shown has to leave the verdict out. At a stop: its part asks for it, here or later, and nothing is
 * revealed yet; the map, for one, would show it. At the title: any part does.
 */
function isWithheld(position: TalkPosition): boolean {
  const here = stopAt(position)?.part
  return position.talk.parts.some((_, part) => {
    const asking = stopsOf(position.talk).flatMap((stop, at) => (stop.part === part && stop.predict ? [at] : []))
    const hides = asking.length > 0 && !asking.some((at) => position.revealed.includes(at))
    return hides && (here === undefined || here === part)
  })
}

/** How long the talk should have taken when this stop ends, in milliseconds. */
export const plannedMs = ({ talk, at }: Pick<TalkPosition, 'talk' | 'at'>): number =>
  stopsOf(talk)
    .slice(0, at + 1)
    .reduce((sum, { minutes }) => sum + minutes * 60_000, 0)

/** What the audience's window needs: no notes, and no stop that has not been shown. */
export interface TalkView {
  readonly title: string
  /** What is on the screen: a live talk that shows its rehearsal says `replay`. */
  readonly mode: TalkMode
  /** Whether the recordings are those of the rehearsal. */
  readonly rehearsed: boolean
  readonly at: number
  readonly count: number
  readonly stop: { readonly scenario: ScenarioId; readonly act: ActId; readonly depth: Depth } | null
  /** The run that it shows; null before it is started, and in a replay. */
  readonly runId: string | null
  /** What the second press will do outside the program; null while none was asked for. */
  readonly asks: string | null
  /** The votes at a stop that asks what the verdict will be; null elsewhere. */
  readonly prediction: { readonly votes: readonly number[]; readonly revealed: boolean } | null
  /** Whether the run, or the overview of the title, is to be shown without a verdict. */
  readonly withholds: boolean
  readonly blank: boolean
  readonly zoomed: boolean
  readonly pointer: TalkPosition['pointer']
}

/** The audience's view of a position; `says` is what the next press does. */
export function talkView(position: TalkPosition, says: string): TalkView {
  const { talk, mode, at, runs, depth, armed, blank, zoomed, pointer } = position
  const stop = stopAt(position)
  return {
    title: talk.title,
    mode: position.net ? 'replay' : mode,
    rehearsed: position.net,
    at,
    count: stopsOf(talk).length,
    stop: stop === null ? null : { scenario: stop.scenario, act: stop.act, depth: depth ?? stop.depth },
    runId: stop === null ? null : (runs[stop.part] ?? null),
    asks: armed === says ? says : null,
    prediction: stop?.predict === true ? { votes: position.votes[at] ?? [], revealed: !isAsking(position) } : null,
    withholds: isWithheld(position),
    blank,
    zoomed,
    pointer,
  }
}
