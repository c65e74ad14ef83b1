import {
  formatSelector,
  missingSelectors,
  parseSelector,
  type Selector,
} from '../../../src/core/domain/spiffe/selector.ts'
import { Knot } from '../../kit/digest/knot.tsx'
import { LitText } from '../../kit/text/lit.tsx'
import { visible } from '../../kit/text/text.ts'
import './selector-matcher.css'

interface SelectorMatcherProps {
  /** The selectors that the entry requires, `type:value` each. */
  readonly needed: readonly string[]
  /** The selectors that the attestor returned, `type:value` each; null before the attestation. */
  readonly obtained: readonly string[] | null
}

const parsed = (texts: readonly string[]): readonly Selector[] =>
  texts.map(parseSelector).flatMap((selector) => (selector.ok ? [selector.value] : []))

/** Required against obtained: the entry matches when no required selector is missing; additional ones do no harm. */
export function SelectorMatcher({ needed, obtained }: SelectorMatcherProps) {
  const missing = new Set(missingSelectors(parsed(needed), parsed(obtained ?? [])).map(formatSelector))
  const extra = (obtained ?? []).filter((selector) => !needed.includes(selector))
  return (
    <div className="matcher">
      <ul className="matcher-list" aria-label="Selectors that the entry needs">
        {needed.map((selector) => {
          const found = obtained !== null && !missing.has(selector)
          return (
            <li
              key={selector}
              className="matcher-row"
              data-state={obtained === null ? 'open' : found ? 'found' : 'missing'}
            >
              <Knot shape={obtained === null ? 'open' : found ? 'passed' : 'cut'} />
              <SelectorText text={selector} />
              <span className="matcher-word">
                {obtained === null ? 'needed' : found ? 'needed, obtained' : 'needed, missing'}
              </span>
            </li>
          )
        })}
        {extra.map((selector) => (
          <li key={selector} className="matcher-row" data-state="extra">
            <Knot shape="open" />
            <SelectorText text={selector} />
            <span className="matcher-word">obtained, not asked for</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function SelectorText({ text }: { text: string }) {
  const [type = '', kind = ''] = text.split(':')
  const rest = text.slice(type.length + kind.length + 2)
  return (
    <span className="matcher-text mono" title={visible(text)}>
      <span className="quiet">{visible(type)}:</span>
      {visible(kind)}
      <span className="quiet">:</span>
      <LitText text={rest} short />
    </span>
  )
}
