import type { AppError } from '../../src/core/domain/app-error.ts'
import { ErrorBlock } from '../ui/error-block.tsx'

/** Why the last request was refused, in its place under the headline; nothing where there is no problem. */
export function Problem({ problem }: { problem: AppError | null }) {
  if (problem === null) return null
  return (
    <div role="alert" className="stage-problem">
      <p>{problem.what}</p>
      <ErrorBlock error={problem} />
    </div>
  )
}
