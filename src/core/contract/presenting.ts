import * as z from 'zod'
import type { AppError } from '../domain/app-error.ts'
import type { ActId } from '../workflow/acts.ts'
import { depths } from '../workflow/acts.ts'
import type { ScenarioId } from '../workflow/scenarios.ts'
import type { TalkView } from '../workflow/talk/position.ts'
import { talkName } from '../workflow/talk/schema.ts'

/** A key of a clicker or a keyboard, from either window. */
export const talkPresses = ['next', 'back', 'first', 'blank', 'zoom', 'calm', 'net', 'end'] as const
export type TalkPress = (typeof talkPresses)[number]

const share = z.number().min(0).max(1)

/** What either window reports while a talk is given. */
const shared = [
  z.strictObject({ kind: z.literal('talk-press'), what: z.enum(talkPresses) }),
  z.strictObject({ kind: z.literal('talk-depth'), depth: z.enum(depths) }),
  /** A vote for an answer (workflow/prediction.ts); null takes the last one back. */
  z.strictObject({ kind: z.literal('talk-vote'), answer: z.number().int().min(0).max(7).nullable() }),
  /** The page is there, and wants to know where the talk is. */
  z.strictObject({ kind: z.literal('talk-watch') }),
] as const

/** What the audience's page reports beside that. */
export const audienceMessages = [
  ...shared,
  z.strictObject({
    kind: z.literal('talk-begin'),
    name: z.string().regex(talkName),
    mode: z.enum(['live', 'replay', 'rehearse']),
  }),
  /** Shows the presenter window, where there is one display only: notes are in no other window. */
  z.strictObject({ kind: z.literal('talk-notes') }),
] as const

/** Everything that the presenter window can say: it has no way to the engine. */
export const presenterMessageSchema = z.discriminatedUnion('kind', [
  ...shared,
  z.strictObject({ kind: z.literal('talk-point'), to: z.strictObject({ x: share, y: share }).nullable() }),
  /** Back to the audience's window, on one display. */
  z.strictObject({ kind: z.literal('talk-audience') }),
  /** Masks the audience's window for cameras, or shows it again. */
  z.strictObject({ kind: z.literal('talk-mask') }),
])
export type PresenterMessage = z.output<typeof presenterMessageSchema>

/** What the audience's page is shown of a talk; null while none is given. */
export interface Audience {
  readonly view: TalkView | null
  /** The talk that is given, whose rehearsal may be shown. */
  readonly name: string
  /** Why a talk could not be given, or a run not be started. */
  readonly problem: AppError | null
}

/** Everything that the presenter window shows. Only this holds notes. */
export interface PresenterView {
  readonly view: TalkView
  readonly notes: string
  readonly next: { readonly scenario: ScenarioId; readonly act: ActId } | null
  /** What the next press does outside the program. */
  readonly press: { readonly effect: boolean; readonly says: string }
  /** Why the rehearsal is offered in place of the live run, or null; `back` while it is shown. */
  readonly net: { readonly says: string; readonly back: boolean } | null
  /** ISO 8601; null before the first stop. */
  readonly startedAt: string | null
  /** When this stop should end, and the talk, in milliseconds from the start. */
  readonly plannedMs: number
  readonly wholeMs: number
  readonly problem: AppError | null
  /** Which picture of the audience's window is the newest; 0 before the first. */
  readonly picture: number
  readonly oneDisplay: boolean
}

/** The presenter's page, as its preload exposes it. */
export interface PresenterWindow {
  readonly send: (message: PresenterMessage) => Promise<null>
  readonly onView: (listener: (view: PresenterView) => void) => () => void
}
