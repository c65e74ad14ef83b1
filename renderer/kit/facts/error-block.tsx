import type { AppError } from '../../../src/core/domain/app-error.ts'
import { LitText } from '../text/lit.tsx'
import { visible } from '../text/text.ts'
import { Remedy } from './remedy.tsx'
import './error-block.css'

/** What went wrong, as reported by the engine: expected, found, the fix, and the last lines of the tool. */
export function ErrorBlock({ error }: { error: AppError }) {
  const lines = error.evidence?.lastLines ?? []
  return (
    <section className="error" aria-label="What went wrong">
      <dl className="error-facts">
        {error.expected === undefined ? null : (
          <>
            <dt>expected</dt>
            <dd>
              <LitText text={error.expected} />
            </dd>
          </>
        )}
        {error.found === undefined ? null : (
          <>
            <dt>found</dt>
            <dd>
              <LitText text={error.found} />
            </dd>
          </>
        )}
        <dt>fix</dt>
        <dd className="error-remedy">
          <Remedy text={error.remedy} />
        </dd>
        <dt>code</dt>
        <dd className="mono">{visible(error.code)}</dd>
      </dl>
      {lines.length === 0 ? null : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
        <pre className="error-lines mono" tabIndex={0} aria-label="The last lines of the tool">
          {lines.map(visible).join('\n')}
        </pre>
      )}
    </section>
  )
}
