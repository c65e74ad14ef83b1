import { useEffect, useRef } from 'react'
import type { Profile } from '../../src/core/workflow/profile.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { expectedPersona, type PersonaId, type ScenarioId, scenarios } from '../../src/core/workflow/scenarios.ts'
import { Knot, type KnotShape } from '../kit/digest/knot.tsx'
import { Foreign } from '../kit/text/foreign.tsx'
import type { ActId } from '../state/acts.ts'
import { endingOf, expectedWords } from '../state/outcomes.ts'
import { type Pair, pairsOf, partingOf } from './rows.ts'
import { PartingCell, SideCell, type SideLogin } from './side-cell.tsx'
import './side-by-side.css'

/** One of the two stories; `run` is null before it has begun. */
export interface Side {
  readonly scenario: ScenarioId
  readonly run: RunState | null
}

interface SideBySideProps {
  readonly profile: Profile
  readonly left: Side
  readonly right: Side
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly onAnswerLogin: (runId: string, persona: PersonaId, decision: 'allow' | 'deny') => void
  /** Opens an act of one of the two. */
  readonly onOpen: (runId: string, act: ActId) => void
}

/** Two stories act by act: what is the same is said once, and the row where the thread is cut in one of them stands out. */
export function SideBySide({ profile, left, right, now, onAnswerLogin, onOpen }: SideBySideProps) {
  const pairs = pairsOf(left.run, right.run, profile)
  const sides = [left, right] as const
  const parting = partingOf(pairs)?.id
  const table = useRef<HTMLTableElement>(null)
  const before = useRef(parting)
  // What the page is about comes into view when it happens; a page that is opened begins at its headline.
  useEffect(() => {
    if (before.current === undefined && parting !== undefined)
      table.current?.querySelector('[data-kind="parts"]')?.scrollIntoView({ block: 'nearest' })
    before.current = parting
  }, [parting])
  const answers = ({ run, scenario }: Side): SideLogin | null =>
    run === null || !waits(run)
      ? null
      : {
          until: untilOf(run),
          now,
          signs: scenarios[scenario].signs ?? expectedPersona,
          onAnswer: (persona, decision) => onAnswerLogin(run.runId, persona, decision),
        }
  return (
    <div className="act-picture">
      <table className="sides" ref={table}>
        <caption className="hidden">
          {scenarios[left.scenario].title} beside {scenarios[right.scenario].title}, act by act
        </caption>
        <thead>
          <tr>
            <td />
            {sides.map((side) => (
              <SideHead key={side.scenario} {...side} />
            ))}
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <SideRow
              key={pair.id}
              pair={pair}
              left={left}
              right={right}
              logins={pair.id === 'sign' ? sides.map(answers) : []}
              onOpen={onOpen}
            />
          ))}
          <EndRow left={left} right={right} onOpen={onOpen} />
        </tbody>
      </table>
    </div>
  )
}

/** Elsewhere people log in in a browser of their own. */
const waits = (run: RunState): boolean =>
  run.profile.kind === 'sandbox' && run.steps.some(({ id, status }) => id === 'sign' && status.state === 'waiting')

function untilOf(run: RunState): string | null {
  const status = run.steps.find(({ id }) => id === 'sign')?.status
  return status?.state === 'waiting' ? status.until : null
}

function SideHead({ scenario, run }: Side) {
  const { title, expected } = scenarios[scenario]
  return (
    <th scope="col" className="side-head">
      <span className="side-title">{title}</span>
      <span className="side-ends">
        {run === null ? `must end with: ${expectedWords(expected)}` : endingOf(run).words}
      </span>
    </th>
  )
}

interface SideRowProps extends Pick<SideBySideProps, 'left' | 'right' | 'onOpen'> {
  readonly pair: Pair
  /** The open logins of the two, if this row is about them. */
  readonly logins: readonly (SideLogin | null)[]
}

const marks: Readonly<Record<Pair['kind'], string | null>> = {
  same: null,
  fresh: null,
  differs: 'this differs',
  parts: 'here they part',
}

/** No difference, at a place that both have reached or neither has. */
const isEqual = ({ left, right }: Pair): boolean =>
  left !== null && left.word !== '' && left.word === right?.word && left.says === right.says

function SideRow({ pair, left, right, logins, onOpen }: SideRowProps) {
  const mark = marks[pair.kind]
  const open = ({ run }: Side) => (run === null ? null : () => onOpen(run.runId, pair.act))
  const equal = pair.kind === 'same' && isEqual(pair) && logins.every((login) => login === null)
  const Shown = pair.kind === 'parts' ? PartingCell : SideCell
  return (
    <tr className="side-row" data-kind={pair.kind} data-equal={equal}>
      <th scope="row">
        {pair.title}
        {mark === null ? null : <span className="side-mark">{mark}</span>}
      </th>
      <td data-side={scenarios[left.scenario].title}>
        <Shown
          pair={pair}
          cell={pair.left}
          run={left.run}
          login={logins[0] ?? null}
          repeats={false}
          onOpen={open(left)}
        />
      </td>
      <td data-side={scenarios[right.scenario].title}>
        <Shown
          pair={pair}
          cell={pair.right}
          run={right.run}
          login={logins[1] ?? null}
          repeats={equal}
          onOpen={open(right)}
        />
      </td>
    </tr>
  )
}

/** What each of them ends with: an SVID, or the empty socket. */
function EndRow({ left, right, onOpen }: Pick<SideBySideProps, 'left' | 'right' | 'onOpen'>) {
  return (
    <tr className="side-row" data-kind="end">
      <th scope="row">Identity</th>
      {[left, right].map(({ scenario, run }) => (
        <td key={scenario} data-side={scenarios[scenario].title}>
          <SideEnd run={run} onOpen={run === null ? null : () => onOpen(run.runId, 'identity')} />
        </td>
      ))}
    </tr>
  )
}

function SideEnd({ run, onOpen }: { run: RunState | null; onOpen: (() => void) | null }) {
  const attestation = run === null ? undefined : artifactOf(run, 'attestation')
  const svid = attestation?.svid ?? null
  const shape: KnotShape = svid !== null ? 'passed' : 'absent'
  return (
    <div className="side-cell" data-thread={svid === null ? 'open' : 'whole'} data-last="true">
      <Knot shape={shape} />
      <div className="side-socket" data-empty={svid === null}>
        {svid !== null ? (
          <button type="button" className="side-open mono" onClick={onOpen ?? undefined}>
            <Foreign text={svid.spiffeId} />
          </button>
        ) : attestation !== undefined ? (
          <button type="button" className="side-open" onClick={onOpen ?? undefined}>
            No X.509-SVID
          </button>
        ) : (
          <span className="quiet">none yet</span>
        )}
      </div>
    </div>
  )
}
