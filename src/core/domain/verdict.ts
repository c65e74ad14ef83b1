/** The five things a check can say. They are different from each other everywhere in this program. */
export const verdicts = ['passed', 'failed', 'could-not-check', 'not-present', 'not-checked'] as const
export type Verdict = (typeof verdicts)[number]

/** The same words as people read them. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  passed: 'passed',
  failed: 'failed',
  'could-not-check': 'could not check',
  'not-present': 'not present',
  'not-checked': 'not checked yet',
}

/** One check with what was expected and what was found, both ready to be read. */
export interface Check<Id extends string = string> {
  readonly id: Id
  readonly verdict: Verdict
  readonly expected: string
  readonly found: string
  /** What would mend it; absent when passed. */
  readonly remedy?: string
}
