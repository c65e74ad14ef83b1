import { parseSelector } from '../../../src/core/domain/spiffe/selector.ts'

/** A required selector as a fact of a story. */
export interface SelectorFact {
  readonly name: string
  readonly value: string
  readonly note?: string
  readonly state: 'open' | 'passed' | 'cut'
}

/** The most that a page has room for; an entry of ours requires three. */
const most = 5

/** What an entry requires, one fact each, with whether the attestor found it; null before it was asked. */
export function selectorFacts(needed: readonly string[], obtained: readonly string[] | null): readonly SelectorFact[] {
  const missingFirst = needed.toSorted(
    (one, other) => Number(obtained?.includes(one) ?? 0) - Number(obtained?.includes(other) ?? 0),
  )
  return missingFirst.slice(0, most).map((selector) => {
    const found = obtained?.includes(selector)
    const { name, value } = partsOf(selector)
    return {
      name,
      value,
      ...(found === false ? { note: 'missing' } : {}),
      state: found === undefined ? 'open' : found ? 'passed' : 'cut',
    }
  })
}

/** `sigstore:signer:…` without its type, in two parts. */
function partsOf(text: string): { readonly name: string; readonly value: string } {
  const selector = parseSelector(text)
  const rest = selector.ok ? selector.value.value : text
  const at = rest.indexOf(':')
  return at < 0 ? { name: 'selector', value: rest } : { name: rest.slice(0, at), value: rest.slice(at + 1) }
}
