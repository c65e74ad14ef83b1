import { type Check, type Verdict, verdictWords } from '../../../src/core/domain/verdict.ts'
import type { Link } from './story.tsx'

/** How a knot shows a verdict. The five stay apart: a cross, a diamond, and dashes for what was not looked at. */
export const verdictState: Readonly<Record<Verdict, Link['state']>> = {
  passed: 'passed',
  failed: 'cut',
  'not-present': 'cut',
  'could-not-check': 'attention',
  'not-checked': 'absent',
}

/** A check as a knot; its verdict is written below unless it passed. */
export const checkLink = ({ id, verdict }: Pick<Check, 'id' | 'verdict'>, name: string): Link => ({
  id,
  name,
  state: verdictState[verdict],
  word: verdictWords[verdict],
  ...(verdict === 'passed' ? {} : { note: verdictWords[verdict] }),
})

const worstFirst: readonly Verdict[] = ['failed', 'not-present', 'could-not-check', 'not-checked', 'passed']

/** The worst verdict of several checks: what one knot for all of them has to show. */
export const worstOf = (checks: readonly Pick<Check, 'verdict'>[]): Verdict =>
  worstFirst.find((verdict) => checks.some((check) => check.verdict === verdict)) ?? 'not-checked'
