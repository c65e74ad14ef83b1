import type { RunState, StepState } from '../../src/core/workflow/reducer.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { type Act, type ActId, stepOf } from '../state/acts.ts'
import type { Term } from '../state/terms.ts'
import { type Headline, lower } from '../state/words.ts'
import { acts, stepActs } from './table.ts'

/** The headline of an act as the run stands now. Pure. */
export function headlineOf(run: RunState, act: Act): Headline {
  if (act.id === 'map') return done(run, act)
  const { status } = stepOf(run, act)
  const { title, explains } = steps[act.step]
  const definition = stepActs[act.step]
  switch (status.state) {
    case 'blocked':
    case 'ready':
      return { headline: `Not yet: ${lower(title)}`, why: explains }
    case 'running':
      return { headline: definition.running, why: explains }
    case 'waiting':
      return question(act.step, status)
    case 'cancelling':
      return { headline: 'Stopping', why: 'The step stops what it has started, and leaves nothing running.' }
    case 'failed':
      return { headline: status.error.what.replace(/\.$/, ''), why: explains }
    case 'cancelled':
      return definition.cancelled ?? { headline: `Cancelled: ${lower(title)}`, why: status.reason }
    case 'skipped':
      return { headline: `Left out: ${lower(title)}`, why: `Here ${status.reason}.` }
    case 'stale':
      return {
        headline: `Out of date: ${lower(title)}`,
        why: `Since then this was done again: ${lower(steps[status.because].title)}. The old result stays, dimmed, until it is done again too.`,
      }
    case 'passed':
    case 'refused':
    case 'reused':
      return done(run, act)
  }
}

/** The terms that an act is the first to use. */
export const termsOf = (act: ActId | 'home'): readonly Term[] => (act === 'home' ? ['SVID'] : (acts[act].terms ?? []))

/** What the next press does, where a run advances step by step. */
export const nextPress = (step: StepId): string => `Next: ${lower(steps[step].title)} – ${stepActs[step].effect}`

const question = (step: StepId, status: Extract<StepState, { readonly state: 'waiting' }>): Headline =>
  stepActs[step].waiting?.(status) ?? { headline: 'Waiting for you', why: status.what }

function done(run: RunState, act: Act): Headline {
  const words = acts[act.id].done
  return typeof words === 'string' ? { headline: words, why: steps[act.step].explains } : words(run)
}
