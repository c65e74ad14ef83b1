import { useState } from 'react'
import type { Check } from '../../../src/core/domain/verdict.ts'
import { CopyButton } from '../controls/copy-button.tsx'
import { LitText } from '../text/lit.tsx'
import { Remedy } from './remedy.tsx'
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
 * Checks on the thread, in order. The thread is cut at the first that failed, which shows what was expected, found, and
 * how to fix it; what comes after hangs on dashes.
 */
export function Checks({ checks, names, label, parallel = false }: ChecksProps) {
  const fell = checks.findIndex(falls)
  return (
    <ol className="checks" aria-label={label} data-parallel={parallel}>
      {checks.map((check, index) => (
        <CheckRow
          key={check.id}
          check={check}
          name={names[check.id] ?? check.id}
          after={!parallel && fell >= 0 && index > fell}
        />
      ))}
    </ol>
  )
}

function CheckRow({ check, name, after }: { check: Check; name: string; after: boolean }) {
  const explained = falls(check) || check.verdict === 'could-not-check'
  // Null follows the check: one that fails while it is visible opens by itself.
  const [chosen, setChosen] = useState<boolean | null>(null)
  const open = chosen ?? explained
  return (
    <li className="check" data-verdict={check.verdict} data-after={after}>
      <span className="check-mark">
        <VerdictMark verdict={check.verdict} />
      </span>
      <button type="button" className="check-name" aria-expanded={open} onClick={() => setChosen(!open)}>
        {name}
      </button>
      {open ? (
        <Explained check={check} />
      ) : (
        <span className={check.expected === '' ? 'check-found' : 'check-found mono'}>
          {after ? '' : <LitText text={inShort(check)} short />}
        </span>
      )}
      <span className="check-verdict">
        {after ? (
          <span className="verdict verdict-not-checked">not reached</span>
        ) : (
          <VerdictWord verdict={check.verdict} />
        )}
      </span>
    </li>
  )
}

/** What was found; if that is only a word or a number, its subject comes first. */
const inShort = ({ expected, found }: Check): string => (found.length < 12 ? `${expected}: ${found}` : found)

/** A sentence in which hashes are shortened, so that the result below stays in view; the full text can be copied. */
function Whole({ text, what }: { text: string; what: string }) {
  return (
    <>
      <LitText text={text} short /> {/[0-9a-f]{40}/.test(text) ? <CopyButton text={text} what={what} /> : null}
    </>
  )
}

function Explained({ check }: { check: Check }) {
  return (
    <dl className="check-fell">
      <dt>expected</dt>
      <dd>
        <Whole text={check.expected} what="what was expected" />
      </dd>
      <dt>found</dt>
      <dd>
        <Whole text={check.found} what="what was found" />
      </dd>
      {check.remedy === undefined ? null : (
        <>
          <dt>fix</dt>
          <dd>
            <Remedy text={check.remedy} />
          </dd>
        </>
      )}
    </dl>
  )
}
