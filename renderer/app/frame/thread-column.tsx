import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { ValueText } from '../../kit/controls/value-text.tsx'
import { DigestStrip } from '../../kit/digest/digest-strip.tsx'
import { Knot } from '../../kit/digest/knot.tsx'
import { ElidedValue } from '../../kit/text/elided.tsx'
import { Foreign } from '../../kit/text/foreign.tsx'
import { shortHash } from '../../kit/text/text.ts'
import { useTimes } from '../../kit/text/zone.tsx'
import type { ActId } from '../../state/acts.ts'
import { type Tie, tiesOf } from '../../state/thread.ts'
import './thread-column.css'

interface ThreadColumnProps {
  readonly run: RunState | null
  readonly onShow: (act: ActId) => void
}

/** The thread with the artifacts that are tied to it. */
export function ThreadColumn({ run, onShow }: ThreadColumnProps) {
  const times = useTimes()
  const ties = run === null ? [] : tiesOf(run, times)
  return (
    <aside className="thread" aria-label="The thread">
      <h2 className="column-title">The thread</h2>
      {run === null ? <p className="quiet">What passes from hand to hand is tied on here.</p> : null}
      <ol className="thread-ties">
        {ties.map((tie) => (
          <TieRow key={tie.id} tie={tie} onShow={onShow} />
        ))}
      </ol>
    </aside>
  )
}

const shapes = { tied: 'open', cut: 'cut', open: 'absent', stale: 'absent' } as const
const words = { tied: '', cut: 'cut here', open: 'not reached', stale: 'stale' } as const

function TieRow({ tie, onShow }: { tie: Tie; onShow: (act: ActId) => void }) {
  return (
    <li className="tie" data-state={tie.state}>
      <Knot shape={shapes[tie.state]} />
      <div className="tie-words">
        <button type="button" className="tie-title" onClick={() => onShow(tie.act)}>
          {tie.title}
          {words[tie.state] === '' ? null : <span className="tie-state">{words[tie.state]}</span>}
        </button>
        {tie.value === null ? (
          tie.state === 'cut' && (
            <p className="tie-cut mono">
              <Foreign text={tie.shown} />
            </p>
          )
        ) : (
          <ValueText value={tie.value} label={tie.title}>
            {tie.shown === shortHash(tie.value) ? <ElidedValue value={tie.value} /> : <Foreign text={tie.shown} />}
          </ValueText>
        )}
        {tie.strip && tie.value !== null ? <DigestStrip digest={tie.value} /> : null}
      </div>
    </li>
  )
}
