import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import type { PersonaId } from '../../src/core/workflow/scenarios.ts'
import type { LoginAnswer } from '../acts/signing/login-view.tsx'
import { Button } from '../kit/controls/button.tsx'
import { Value } from '../kit/controls/value.tsx'
import { DigestStrip } from '../kit/digest/digest-strip.tsx'
import { Knot, type KnotShape } from '../kit/digest/knot.tsx'
import { LitText } from '../kit/text/lit.tsx'
import { minutes, visible } from '../kit/text/text.ts'
import type { Cell } from './cells.ts'
import type { Pair } from './rows.ts'

/** The login of one run, answered in its place. */
export interface SideLogin {
  readonly until: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The signer of this story. */
  readonly signs: PersonaId
  readonly onAnswer: LoginAnswer
}

interface SideCellProps {
  readonly pair: Pair
  readonly cell: Cell | null
  readonly run: RunState | null
  /** Set while this step waits for a person. */
  readonly login: SideLogin | null
  /** The other side shows it already. */
  readonly repeats: boolean
  readonly onOpen: (() => void) | null
}

const shapes: Readonly<Record<Cell['thread'], KnotShape>> = {
  whole: 'passed',
  now: 'current',
  waits: 'attention',
  cut: 'cut',
  open: 'open',
  absent: 'absent',
}

/** How one run stands in a row: its knot, a word, and what the act gave. */
export function SideCell({ cell, login, repeats, onOpen }: SideCellProps) {
  if (cell === null) {
    return (
      <div className="side-cell" data-thread="whole" data-none="true">
        <span className="side-through" aria-hidden="true" />
        <span className="quiet">not in this story</span>
      </div>
    )
  }
  const { thread, word, says, isValue, strip } = cell
  return (
    <div className="side-cell" data-thread={thread}>
      <Knot shape={shapes[thread]} />
      <div className="side-words">
        {repeats ? (
          <span className="quiet">the same</span>
        ) : (
          <>
            <Word word={word} onOpen={onOpen} />
            {says === null ? null : isValue ? (
              <Value value={says} label={word} short={/[0-9a-f]{64}$/.test(says)} />
            ) : (
              <span className="side-says">
                <LitText text={says} short />
              </span>
            )}
          </>
        )}
        {login === null ? null : <Login login={login} />}
      </div>
      {strip && says !== null ? <DigestStrip digest={says} tone="ink" /> : null}
    </div>
  )
}

function Login({ login: { until, now, signs, onAnswer } }: { login: SideLogin }) {
  return (
    <span className="side-login">
      {(['engineer', 'intern'] as const)
        .toSorted((one, other) => Number(other === signs) - Number(one === signs))
        .map((persona) => (
          <Button key={persona} onPress={() => onAnswer(persona, 'allow')}>
            Log in as the {persona}
          </Button>
        ))}
      <button type="button" className="link" onClick={() => onAnswer(signs, 'deny')}>
        Refuse
      </button>
      {until === null ? null : <span className="quiet">{minutes(Math.max(0, Date.parse(until) - now))} left</span>}
    </span>
  )
}

function Word({ word, onOpen }: { word: string; onOpen: (() => void) | null }) {
  return onOpen === null ? (
    <span className="side-word">{visible(word)}</span>
  ) : (
    <button type="button" className="side-word side-open" onClick={onOpen}>
      {visible(word)}
    </button>
  )
}

/** The gate where they part: what runs beside what was signed, with what was expected and found there. */
export function PartingCell({ pair, cell, run, onOpen }: SideCellProps) {
  const attestation = run === null ? undefined : artifactOf(run, 'attestation')
  const signature = run === null ? undefined : artifactOf(run, 'signature')
  const gate = attestation?.gates.find(({ id }) => `gate-${id}` === pair.id)
  if (cell === null || attestation === undefined || gate === undefined) {
    return <SideCell pair={pair} cell={cell} run={run} login={null} repeats={false} onOpen={onOpen} />
  }
  const digest = attestation.image.digest ?? attestation.image.imageId
  const same = signature?.subject === digest
  const reason = attestation.denial?.gate === gate.id ? attestation.denial : gate
  return (
    <div className="side-cell side-parting" data-thread={cell.thread}>
      <Knot shape={shapes[cell.thread]} />
      <div className="side-words">
        <Word word={cell.word} onOpen={onOpen} />
        {gate.id === 'signature' ? (
          <dl className="side-digests">
            <dt>runs</dt>
            <dd>
              <DigestStrip digest={digest} tone="ink" />
              <Value value={digest} label="runs" short />
            </dd>
            <dt>signed</dt>
            <dd data-tone={same ? 'same' : 'cut'}>
              {signature === undefined ? (
                'nothing'
              ) : (
                <>
                  <DigestStrip digest={signature.subject} tone={same ? 'ink' : 'cut'} />
                  <Value value={signature.subject} label="signed" short />
                </>
              )}
            </dd>
          </dl>
        ) : null}
        <dl className="side-reason">
          <dt>expected</dt>
          <dd>
            <LitText text={reason.expected} short />
          </dd>
          <dt>found</dt>
          <dd>
            <LitText text={reason.found} short />
          </dd>
        </dl>
      </div>
    </div>
  )
}
