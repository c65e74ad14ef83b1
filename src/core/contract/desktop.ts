import * as z from 'zod'
import type { AppError } from '../domain/app-error.ts'
import { type Audience, audienceMessages } from './presenting.ts'

/** The longest value that its context menu copies. Values in the window are far shorter. */
export const longestMenuValue = 65_536

/** What the page reports to the window around it, beside its requests to the engine. */
export const windowMessageSchema = z.discriminatedUnion('kind', [
  /** What closing or reloading would lose: what is written and not saved, a recording that is open. */
  z.strictObject({
    kind: z.literal('holds'),
    unsaved: z.array(z.enum(['profile', 'talk'])).max(2),
    recording: z.boolean(),
  }),
  /** Escape was pressed, and nothing on the page handled it. */
  z.strictObject({ kind: z.literal('escape') }),
  /** A right click on a value, which its context menu copies whole. */
  z.strictObject({ kind: z.literal('value-menu'), value: z.string().min(1).max(longestMenuValue) }),
  /** Requests the next file that the program was given; answered with it or null. */
  z.strictObject({ kind: z.literal('take-file') }),
  ...audienceMessages,
])
export type WindowMessage = z.infer<typeof windowMessageSchema>

/** A file that was given to the program as an argument: its text, or why it cannot be read. */
export type GivenFile =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly error: AppError }

/** The window around the page, as the preload exposes it. Missing outside the desktop app. */
export interface DesktopWindow {
  /** Returns a file for `take-file`, else null. Never rejects. */
  readonly send: (message: WindowMessage) => Promise<GivenFile | null>
  /** Calls back when a file waits to be taken; returns how to end that. */
  readonly onFile: (listener: () => void) => () => void
  /** Calls back with each position of a talk that is given; returns how to end that. */
  readonly onTalk: (listener: (audience: Audience) => void) => () => void
}
