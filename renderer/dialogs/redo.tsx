import type { Pace } from '../../src/core/contract/contract.ts'
import { staledBy } from '../../src/core/workflow/plan.ts'
import { isSkipped, type RunState } from '../../src/core/workflow/reducer.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { stepActs } from '../acts/table.ts'
import { Ask } from '../kit/controls/ask.tsx'

interface RedoProps {
  readonly run: RunState
  readonly step: StepId
  readonly onRedo: (pace: Pace) => void
}

/** Offers to do a step again, or for the first time, and first says what that does to the later ones. */
export function Redo({ run, step, onRedo }: RedoProps) {
  const later = staledBy(run, step)
  const afterAll = isSkipped(run, step)
  return (
    <Ask
      label={afterAll ? 'Do this step after all' : 'Do this step again'}
      choices={[
        { label: 'Do this step alone', onPress: () => onRedo('step') },
        { label: '…and everything after it', onPress: () => onRedo('all') },
      ]}
    >
      <p>
        {steps[step].title}, {afterAll ? 'though the scenario leaves it out' : 'once more'}: {stepActs[step].effect}.
      </p>
      <p className="quiet">
        {later.length === 0
          ? 'No later result depends on it.'
          : `By itself it makes these stale: ${later.map((id) => stepActs[id].title).join(', ')}. Their results stay, dimmed, until they are done again too.`}
      </p>
    </Ask>
  )
}
