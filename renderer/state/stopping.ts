import type { RunState } from '../../src/core/workflow/reducer.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import { steps } from '../../src/core/workflow/steps.ts'
import { lower } from './words.ts'

/** The runs that have to end before any service is stopped, each with the step that it is in. */
export const stoppedFirst = (runs: readonly RunState[]): readonly string[] =>
  runs
    .filter(({ finishedAt }) => finishedAt === null)
    .map((run) => {
      const step = run.steps.find(({ status }) => ['running', 'waiting', 'cancelling'].includes(status.state))
      const where = step === undefined ? '' : `, in: ${lower(steps[step.id].title)}`
      return `the run “${scenarios[run.scenario].title}”${where}`
    })
