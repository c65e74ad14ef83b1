import type { Progress } from '../../../src/core/workflow/events.ts'
import { visible } from '../text/text.ts'

/** The progress of a step: a bar if the total is known, and words always. */
export function ProgressLine({ progress }: { progress: Progress | null }) {
  if (progress === null) return <p className="quiet">started</p>
  const share =
    progress.kind === 'fraction'
      ? progress.fraction
      : progress.kind === 'count' && progress.total > 0
        ? progress.done / progress.total
        : null
  const count = progress.kind === 'count' ? ` ${progress.done} of ${progress.total}` : ''
  return (
    <div className="progress">
      {share === null ? null : (
        <svg className="progress-bar" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
          <rect className="progress-ground" width="100" height="2" />
          <rect className="progress-done" width={Math.round(share * 100)} height="2" />
        </svg>
      )}
      <p className="mono">
        {visible(progress.label)}
        {count}
      </p>
    </div>
  )
}
