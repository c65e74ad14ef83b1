import type { ReactNode } from 'react'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { Publication } from '../../src/core/workflow/publication.ts'
import type { RunState, StepState, StepView } from '../../src/core/workflow/reducer.ts'
import type { Term } from '../state/terms.ts'
import type { Headline } from '../state/words.ts'
import type { LoginAnswer } from './signing/login-view.tsx'
import type { Sources } from './sources.ts'

/** What the view of an act is drawn from. */
export interface ViewProps {
  readonly run: RunState
  /** ISO 8601. */
  readonly now: string
}

/** What a view gets while its step waits for a person. */
export interface WaitingProps {
  readonly run: RunState
  readonly step: StepView
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Null in a replay: what is shown has happened. */
  readonly onAnswerLogin: LoginAnswer | null
  /** Null where there is no sandbox to use instead. */
  readonly onUseSandbox: (() => void) | null
  readonly publications: readonly Publication[]
  readonly depth: Depth
}

/** What an act shows once it is done, by depth. */
export interface Views {
  /** One picture and one result; the page's test allows seven facts and no scrolling. */
  readonly story: (props: ViewProps) => ReactNode
  readonly engineer: (props: ViewProps) => ReactNode
  /** The data behind it. */
  readonly bytes: Sources
}

/** One act in the window: everything that is said and shown about it. */
export interface PageDefinition {
  /** As the rail names it. */
  readonly title: string
  /** The headline once it is done: words, followed by the step's explanation; or a function of the run. */
  readonly done: string | ((run: RunState) => Headline)
  /** The terms that this act is the first to use. */
  readonly terms?: readonly Term[]
  readonly views: Views
}

/** The act of a step: adds what it says and shows before it is done. */
export interface StepDefinition extends PageDefinition {
  /** What doing it changes outside this window, in a few words. */
  readonly effect: string
  /** The headline while it runs. */
  readonly running: string
  /** The question while it waits for a person. */
  readonly waiting?: (status: Extract<StepState, { readonly state: 'waiting' }>) => Headline
  readonly waitingView?: (props: WaitingProps) => ReactNode
  /** What it shows before there is a result, where that is more than a line of progress. */
  readonly runningView?: (run: RunState, step: StepView, depth: Depth) => ReactNode
  /** The headline when a person has cancelled it. */
  readonly cancelled?: Headline
  /** The digest of what it produced, where that is one thing with a digest. */
  readonly digest?: (run: RunState) => string | undefined
}
