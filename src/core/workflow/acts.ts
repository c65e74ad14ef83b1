import { type StepId, stepIds } from './steps.ts'

/** The map of all parties, and three pages for a step's results. */
export const pageIds = ['map', 'certificate', 'log-entry', 'identity'] as const
export type PageId = (typeof pageIds)[number]

/** What a front end can show of a run: a page, or the act of a step. */
export const actIds = [...stepIds, ...pageIds] as const
export type ActId = (typeof actIds)[number]

/**
 * How much an act shows. `story`: a headline, one picture, one result. `engineer`: everything, explained. `bytes`: the
 * data itself.
 */
export const depths = ['story', 'engineer', 'bytes'] as const
export type Depth = (typeof depths)[number]

/** The step whose result a page shows. */
export const pageSteps: Readonly<Record<PageId, StepId>> = {
  map: 'preflight',
  certificate: 'sign',
  'log-entry': 'sign',
  identity: 'attest',
}

const isPage = (act: ActId): act is PageId => Object.hasOwn(pageSteps, act)

/** The step that an act belongs to. */
export const stepOfAct = (act: ActId): StepId => (isPage(act) ? pageSteps[act] : act)
