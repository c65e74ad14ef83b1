import type { ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { Footer } from '../app/frame/footer.tsx'
import { BesideHead } from '../compare/beside-head.tsx'
import { SideBySide } from '../compare/side-by-side.tsx'
import type { ActId } from '../state/acts.ts'
import type { Tape } from './tape.ts'

interface ReplayBesideProps {
  readonly good: Tape
  readonly attack: Tape
  readonly onChoose: (attack: ScenarioId) => void
  /** Opens an act of one of the two. */
  readonly onOpen: (tape: Tape, act: ActId) => void
  readonly onHome: () => void
  readonly onLeave: () => void
}

/** Two recordings side by side, each at its end. */
export function ReplayBeside({ good, attack, onChoose, onOpen, onHome, onLeave }: ReplayBesideProps) {
  const [left, right] = [good.stateAt(good.length), attack.stateAt(attack.length)]
  return (
    <>
      <main className="stage" id="stage">
        <BesideHead attack={right.scenario} good={left} bad={right} onChoose={onChoose} />
        <SideBySide
          profile={left.profile}
          left={{ scenario: left.scenario, run: left }}
          right={{ scenario: right.scenario, run: right }}
          now={attack.timeAt(attack.length)}
          onAnswerLogin={() => undefined}
          onOpen={(runId, act) => onOpen(runId === left.runId ? good : attack, act)}
        />
      </main>
      <Footer
        position="Side by side"
        step={null}
        move={{ kind: 'compare', label: 'Back to live' }}
        onMove={onLeave}
        others={[{ label: 'All recordings', onPress: onHome }]}
      />
    </>
  )
}
