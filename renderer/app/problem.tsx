import { useEffect, useRef } from 'react'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { Foreign } from '../kit/text/foreign.tsx'

/** Why the last request was refused, in its place under the headline; nothing where there is no problem. */
export function Problem({ problem }: { problem: AppError | null }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (problem !== null) place.current?.scrollIntoView({ block: 'nearest' })
  }, [problem])
  if (problem === null) return null
  return (
    <div role="alert" className="stage-problem" ref={place}>
      <p>
        <Foreign text={problem.what} />
      </p>
      <ErrorBlock error={problem} />
    </div>
  )
}
