import type { Check } from '../../src/core/domain/verdict.ts'
import { shortenHashes, visible } from './text.ts'
import { VerdictMark, VerdictWord } from './verdict.tsx'
import './checks.css'

interface ChecksProps {
  readonly checks: readonly Check[]
  /** Names for ids; an id without one is shown as it is. */
  readonly names: Readonly<Record<string, string>>
  readonly label: string
  /** The checks do not build on each other, so none of them cuts the thread for the next. */
  readonly parallel?: boolean
}

const falls = ({ verdict }: Check): boolean => verdict === 'failed' || verdict === 'not-present'

/**
 * Checks on the thread, in their order. The thread is cut at the first that fell, which shows what was expected, found,
 * and what mends it; what comes after hangs on dashes.
 */
export function Checks({ checks, names, label, parallel = false }: ChecksProps) {
  const fell = checks.findIndex(falls)
  return (
    <ol className="checks" aria-label={label} data-parallel={parallel}>
      {checks.map((check, index) => (
        <li
          key={check.id}
          className="check"
          data-verdict={check.verdict}
          data-after={!parallel && fell >= 0 && index > fell}
        >
          <span className="check-mark">
            <VerdictMark verdict={check.verdict} />
          </span>
          <span className="check-name">{names[check.id] ?? check.id}</span>
          <CheckSays check={check} open={falls(check) || check.verdict === 'could-not-check'} />
          <span className="check-verdict">
            <VerdictWord verdict={check.verdict} />
          </span>
        </li>
      ))}
    </ol>
  )
}

function CheckSays({ check, open }: { check: Check; open: boolean }) {
  if (!open) {
    return (
      <span className="check-found mono" title={visible(`expected: ${check.expected}\nfound: ${check.found}`)}>
        {visible(shortenHashes(check.found))}
      </span>
    )
  }
  return (
    <dl className="check-fell">
      <dt>expected</dt>
      <dd>{visible(shortenHashes(check.expected))}</dd>
      <dt>found</dt>
      <dd>{visible(shortenHashes(check.found))}</dd>
      {check.remedy === undefined ? null : (
        <>
          <dt>mend</dt>
          <dd>{visible(shortenHashes(check.remedy))}</dd>
        </>
      )}
    </dl>
  )
}
