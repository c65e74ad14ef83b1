import type { PresenterView } from '../../src/core/contract/presenting.ts'
import { minutes } from '../kit/text/text.ts'

/** Time so far against the plan: how late or early this stop is, in words and as a bar. */
export function Clock({ view: { view, startedAt, plannedMs, wholeMs }, now }: { view: PresenterView; now: number }) {
  const elapsed = startedAt === null ? 0 : Math.max(0, now - Date.parse(startedAt))
  const late = elapsed - plannedMs
  const share = (ms: number): number => Math.min(1_000, Math.round((ms / wholeMs) * 1_000))
  return (
    <div className="presenter-time">
      <p className="presenter-row">
        <span className="presenter-clock">{minutes(elapsed)}</span>
        <span className="presenter-plan">
          <span>{startedAt === null ? 'not begun' : `this stop ends at ${minutes(plannedMs)}`}</span>
          <span data-late={late > 0}>{startedAt === null ? '' : late > 0 ? `${words(late)} behind` : 'in time'}</span>
        </span>
      </p>
      <svg className="presenter-bar" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">
        <rect className="presenter-ground" y="3" width="1000" height="8" />
        <rect className="presenter-done" y="3" width={share(elapsed)} height="8" />
        <rect className="presenter-mark" x={Math.max(0, share(plannedMs) - 2)} width="4" height="14" />
      </svg>
      <p className="presenter-mode">
        <span className="presenter-live" data-mode={view.mode}>
          {view.mode === 'live' ? 'LIVE' : 'REPLAY'}
        </span>
        <span>
          {minutes(wholeMs)} planned · {view.title}
        </span>
      </p>
    </div>
  )
}

const words = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`)
