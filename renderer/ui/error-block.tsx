import type { AppError } from '../../src/core/domain/app-error.ts'
import { CopyButton } from './copy-button.tsx'
import { LitText } from './lit.tsx'
import { visible } from './text.ts'
import './error-block.css'

/** What mends it. A command stands between backticks in it, and is what is copied; without one all of it is. */
function Remedy({ text }: { text: string }) {
  const pieces = text.split('`')
  if (pieces.length < 3 || pieces.length % 2 === 0) {
    return (
      <>
        <LitText text={text} /> <CopyButton text={text} what="what mends it" />
      </>
    )
  }
  return pieces.map((piece, index) =>
    index % 2 === 0 ? (
      // oxlint-disable-next-line react/no-array-index-key -- the pieces of one text never change places
      <LitText key={index} text={piece} />
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- the same
      <span key={index} className="error-command">
        <code className="mono">
          <LitText text={piece} />
        </code>{' '}
        <CopyButton text={piece} what="the command" />
      </span>
    ),
  )
}

/** What went wrong, as the engine says it: expected, found, what mends it, and the last lines of the tool. */
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
        <dt>mend</dt>
        <dd className="error-mend">
          <Remedy text={error.remedy} />
        </dd>
        <dt>code</dt>
        <dd className="mono">{error.code}</dd>
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
