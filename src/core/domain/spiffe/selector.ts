import { appError } from '../app-error.ts'
import { err, ok, type Result } from '../result.ts'
import { escaped, hiddenIn } from '../visible-text.ts'

/** A fact about a workload as SPIRE writes it: the attestor's type, and the value. */
export interface Selector {
  readonly type: string
  readonly value: string
}

/** The selector value that states: what runs is what was signed, started as it was built. */
export const asBuiltSelector = 'launch:as-built'

/** Parses `type:value` at the first colon, as the SPIRE CLI does: a value may hold colons, a type may not. */
export function parseSelector(text: string): Result<Selector> {
  const colon = text.indexOf(':')
  const [type, value] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  if (colon > 0 && hiddenIn(type) === undefined && hiddenIn(value) === undefined) return ok({ type, value })
  return err(
    appError('config.selector', 'This is not a selector.', 'Write it as TYPE:VALUE.', {
      expected: 'TYPE:VALUE, neither of them empty, of visible characters',
      found: JSON.stringify(escaped(text.slice(0, 200))),
    }),
  )
}

/** Writes a selector out again. */
export const formatSelector = ({ type, value }: Selector): string => `${type}:${value}`

/**
 * The required selectors that were not obtained. None missing means that the entry matches: SPIRE gives a workload
 * every entry whose selectors are a subset of the workload's (SPIRE, "Registering workloads").
 */
export function missingSelectors(needed: readonly Selector[], obtained: readonly Selector[]): readonly Selector[] {
  return needed.filter(({ type, value }) => !obtained.some((other) => other.type === type && other.value === value))
}
