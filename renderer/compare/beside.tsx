import type { EngineState } from '../../src/core/contract/engine-state.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { RunState } from '../../src/core/workflow/reducer.ts'
import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import type { Actions } from '../app/actions.ts'
import { Footer } from '../app/frame/footer.tsx'
import { Problem } from '../app/problem.tsx'
import { notWith } from '../profiles/meaning.ts'
import { type Looking, nowhere } from '../state/looking.ts'
import { BesideHead } from './beside-head.tsx'
import { SideBySide } from './side-by-side.tsx'

interface BesideProps {
  readonly engine: EngineState
  readonly attack: ScenarioId
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly problem: AppError | null
  readonly actions: Actions
  readonly onLook: (looking: Looking) => void
}

/** The good story and an attack, side by side: the newest run of each, or both places empty until they are run. */
export function Beside({ engine, attack, now, problem, actions, onLook }: BesideProps) {
  const newest = (scenario: ScenarioId): RunState | null =>
    engine.runs.findLast((run) => run.scenario === scenario) ?? null
  const [good, bad] = [newest('signed'), newest(attack)]
  const going = [good, bad].filter((run) => run !== null && run.finishedAt === null)
  const ready = engine.machine.state === 'ready' && engine.runs.every(({ finishedAt }) => finishedAt !== null)
  const impossible = notWith(attack, engine.profile)
  const again = good !== null || bad !== null
  return (
    <>
      <main className="stage" id="stage">
        <BesideHead attack={attack} good={good} bad={bad} onChoose={(beside) => onLook({ ...nowhere, beside })} />
        <Problem problem={problem} />
        {impossible === null ? null : <p className="beside-not">{impossible}</p>}
        <SideBySide
          profile={engine.profile}
          left={{ scenario: 'signed', run: good }}
          right={{ scenario: attack, run: bad }}
          now={now}
          onAnswerLogin={actions.answerLogin}
          onOpen={(runId, act) => onLook({ runId, act })}
        />
      </main>
      <Footer
        position="Side by side"
        step={null}
        move={
          ready && impossible === null
            ? { kind: 'start-both', label: again ? 'Run both again, side by side' : 'Run both, side by side' }
            : null
        }
        onMove={() => {
          actions.start('signed')
          actions.start(attack)
        }}
        others={
          going.length > 0
            ? [
                {
                  label: going.length === 2 ? 'Cancel both' : 'Cancel the run',
                  onPress: () => {
                    for (const run of going) if (run !== null) actions.cancel(run.runId)
                  },
                },
              ]
            : [{ label: 'All scenarios', onPress: () => onLook(nowhere) }]
        }
      />
    </>
  )
}
