import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { assertNever } from '../../../src/core/domain/result.ts'
import { type RunState, type StepState, stepElapsedMs } from '../../../src/core/workflow/reducer.ts'
import { scenarios } from '../../../src/core/workflow/scenarios.ts'
import { acts } from '../../acts/table.ts'
import { Knot, type KnotShape } from '../../kit/digest/knot.tsx'
import { seconds } from '../../kit/text/text.ts'
import { type Act, type ActId, actsOf, hasPage, stateWords, stepOf } from '../../state/acts.ts'
import './rail.css'

interface RailProps {
  readonly run: RunState
  readonly current: ActId
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly onShow: (act: ActId) => void
  /** What can be done with the whole run. */
  readonly foot?: ReactNode
}

/** The story so far: the thread with a knot for each step. Every act can be opened, also before it is reached. */
export function Rail({ run, current, now, onShow, foot }: RailProps) {
  const rail = useRef<HTMLElement>(null)
  // Only the rail scrolls, never the page around it.
  useEffect(() => {
    const place = rail.current
    const list = place?.querySelector('ol')
    const row = place?.querySelector<HTMLElement>('[data-current="true"]')
    if (!place || !list || !row) return
    const showRow = (): void =>
      place.scrollTo({
        left: row.offsetLeft - (place.clientWidth - row.offsetWidth) / 2,
        top: row.offsetTop - (place.clientHeight - row.offsetHeight) / 2,
      })
    showRow()
    // The rows get wider when the fonts arrive, and the rail narrower with the window: both move the row out of view.
    const sizes = new ResizeObserver(showRow)
    sizes.observe(place)
    sizes.observe(list)
    return () => sizes.disconnect()
  }, [current])
  return (
    <nav className="rail" aria-label="Steps" ref={rail}>
      <h2 className="column-title rail-title">{scenarios[run.scenario].title}</h2>
      <ol>
        {actsOf(run).map((act) => (
          <RailRow key={act.id} run={run} act={act} current={act.id === current} now={now} onShow={onShow} />
        ))}
      </ol>
      {foot}
    </nav>
  )
}

function RailRow({
  run,
  act,
  current,
  now,
  onShow,
}: Omit<RailProps, 'current' | 'foot'> & { act: Act; current: boolean }) {
  const step = stepOf(run, act)
  const page = act.id !== act.step
  const state =
    act.id === 'map' ? 'reused' : page && !hasPage(run, act.id) && !ended(step.status) ? 'blocked' : step.status.state
  const says = aside(step.status, stepElapsedMs(step, now))
  return (
    <li
      className="rail-row"
      data-state={state}
      data-page={page}
      data-current={current}
      data-thread={loose(state, page) ? 'loose' : 'tight'}
    >
      <button
        type="button"
        className="rail-button"
        aria-current={current ? 'step' : undefined}
        onClick={() => onShow(act.id)}
      >
        {page ? <span className="rail-dot" /> : <Knot shape={knotOf(step.status.state, current)} />}
        <span className="rail-name">{acts[act.id].title}</span>
        {act.id === 'map' ? null : <span className="hidden">, {stateWords[state]}</span>}
        {page ? null : (
          <span className="rail-time mono" aria-hidden={says === stateWords[state]}>
            {says}
          </span>
        )}
      </button>
    </li>
  )
}

/** Whether the thread does not reach this knot: not yet, or because it is cut above. */
const loose = (state: StepState['state'], page: boolean): boolean =>
  ['blocked', 'ready', 'skipped', 'stale'].includes(state) ||
  (page && ['refused', 'failed', 'cancelled', 'running', 'waiting', 'cancelling'].includes(state))

const ended = (status: StepState): boolean => ['skipped', 'failed', 'cancelled'].includes(status.state)

const knots: Readonly<Record<StepState['state'], KnotShape>> = {
  blocked: 'open',
  ready: 'open',
  running: 'current',
  waiting: 'attention',
  cancelling: 'attention',
  passed: 'passed',
  refused: 'cut',
  failed: 'cut',
  cancelled: 'attention',
  skipped: 'absent',
  reused: 'passed',
  stale: 'absent',
}

function knotOf(state: StepState['state'], current: boolean): KnotShape {
  const shape = knots[state]
  return shape === 'passed' && current ? 'current' : shape
}

function aside(status: StepState, elapsedMs: number): string {
  switch (status.state) {
    case 'blocked':
    case 'ready':
      return ''
    case 'passed':
    case 'running':
      return seconds(elapsedMs)
    case 'waiting':
      return 'you'
    case 'cancelling':
    case 'refused':
    case 'failed':
    case 'cancelled':
    case 'skipped':
    case 'reused':
    case 'stale':
      return stateWords[status.state]
    default:
      return assertNever(status, 'state')
  }
}
