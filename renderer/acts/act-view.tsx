import { useMemo } from 'react'
import type { ServiceRow } from '../../src/core/contract/changes.ts'
import { assertNever } from '../../src/core/domain/result.ts'
import type { Depth } from '../../src/core/workflow/acts.ts'
import type { RunState, StepView } from '../../src/core/workflow/reducer.ts'
import { BytesView } from '../kit/bytes/bytes-view.tsx'
import { ProgressLine } from '../kit/controls/progress.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { type Act, type ActId, stepOf } from '../state/acts.ts'
import { publicationsIn } from '../state/publications.ts'
import { ServicesView } from './machine/services-view.tsx'
import { TrustMap } from './map/trust-map.tsx'
import { Empty } from './shown.tsx'
import type { LoginAnswer } from './signing/login-view.tsx'
import { acts, stepActs } from './table.ts'
import './acts.css'

interface ActViewProps {
  readonly run: RunState
  readonly act: Act
  /** The services of the live session; none in a replay. */
  readonly services: readonly ServiceRow[]
  /** ISO 8601. */
  readonly now: string
  /** Null in a replay: what is shown has happened. */
  readonly onAnswerLogin: LoginAnswer | null
  /** Null where there is no sandbox to use instead. */
  readonly onUseSandbox: (() => void) | null
  readonly onShow: (act: ActId) => void
  readonly depth: Depth
}

/** The picture and the result of one act. */
export function ActView(props: ActViewProps) {
  const { run, act, onShow, depth } = props
  if (act.id === 'map') return depth === 'engineer' ? <TrustMap run={run} onShow={onShow} /> : <Done {...props} />
  const step = stepOf(run, act)
  const { status } = step
  const before = stepActs[act.step].runningView?.(run, step, depth)
  switch (status.state) {
    case 'running':
      return before ?? <ProgressLine progress={status.progress} />
    case 'cancelling':
      return before ?? <Empty />
    case 'waiting':
      return <Waiting {...props} step={step} />
    case 'failed':
      return (
        <>
          <ErrorBlock error={status.error} />
          {step.gates.length > 0 ? before : null}
        </>
      )
    case 'passed':
    case 'refused':
    case 'reused':
      return (
        <>
          <Done {...props} />
          {depth === 'engineer' ? (
            <ServicesView services={props.services.filter((service) => service.step === act.id)} />
          ) : null}
        </>
      )
    case 'blocked':
    case 'ready':
    case 'cancelled':
    case 'skipped':
      return <Empty />
    case 'stale':
      return (
        <div className="act-stale">
          <p className="act-stale-word">stale, from before</p>
          <Done {...props} />
        </div>
      )
    default:
      return assertNever(status, 'state')
  }
}

/** The result of an act, by depth. */
function Done({ run, act, now, depth }: ActViewProps) {
  const { views } = acts[act.id]
  return depth === 'bytes' ? <BytesOf act={act.id} run={run} /> : views[depth]({ run, now })
}

/** The documents are read again only when the run has something new. */
function BytesOf({ act, run }: { act: ActId; run: RunState }) {
  const { artifacts } = run
  // biome-ignore lint/correctness/useExhaustiveDependencies: only artifacts hold data
  const documents = useMemo(() => acts[act].views.bytes(run), [act, artifacts])
  return <BytesView key={act} documents={documents} />
}

function Waiting({ run, step, now, depth, onAnswerLogin, onUseSandbox }: ActViewProps & { readonly step: StepView }) {
  const publications = publicationsIn(run)
  return stepActs[step.id].waitingView?.({
    run,
    step,
    now: Date.parse(now),
    onAnswerLogin,
    onUseSandbox,
    publications,
    depth,
  })
}
