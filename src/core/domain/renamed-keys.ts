import { isObject } from './json.ts'
import { err, ok, type Result } from './result.ts'

/** A configuration key that has a new name. The old one is still read, with a notice. */
export interface RenamedKey {
  /** The keys that lead to the object it is in; `*` stands for each element of an array. */
  readonly within: readonly string[]
  readonly old: string
  readonly now: string
}

/** A configuration under its current key names. */
export interface CurrentKeys {
  readonly value: unknown
  /** One sentence about all old keys that were used; absent when there are none. */
  readonly notice?: string
}

/**
 * Gives the old keys in parsed JSON their new names. An old and a new key side by side are accepted only with the same
 * value, because nothing says which one counts. The error names the keys and repeats no value.
 */
export function withCurrentKeys(value: unknown, renamed: readonly RenamedKey[]): Result<CurrentKeys, string> {
  const used = new Set<string>()
  let current = value
  for (const key of renamed) {
    const changed = rename(current, key.within, key, [], used)
    if (!changed.ok) return changed
    current = changed.value
  }
  if (used.size === 0) return ok({ value })
  return ok({ value: current, notice: `Deprecated: ${[...used].join('; ')}. The old names will be removed.` })
}

function rename(
  value: unknown,
  within: readonly string[],
  key: RenamedKey,
  above: readonly string[],
  used: Set<string>,
): Result<unknown, string> {
  const [step, ...rest] = within
  if (step === '*') return Array.isArray(value) ? renameInEach(value, rest, key, above, used) : ok(value)
  if (!isObject(value)) return ok(value)
  if (step !== undefined) {
    if (!Object.hasOwn(value, step)) return ok(value)
    const below = rename(value[step], rest, key, [...above, step], used)
    return below.ok ? ok({ ...value, [step]: below.value }) : below
  }
  if (!Object.hasOwn(value, key.old)) return ok(value)
  const place = (name: string): string => [...above, name].join('.')
  const { [key.old]: old, ...others } = value
  if (Object.hasOwn(value, key.now) && JSON.stringify(value[key.now]) !== JSON.stringify(old)) {
    return err(
      `${place(key.old)} is the old name of ${place(key.now)}, and the two have different values: keep "${key.now}"`,
    )
  }
  used.add(`"${key.old}" is now "${key.now}"`)
  return ok({ ...others, [key.now]: old })
}

function renameInEach(
  list: readonly unknown[],
  within: readonly string[],
  key: RenamedKey,
  above: readonly string[],
  used: Set<string>,
): Result<unknown[], string> {
  const changed: unknown[] = []
  for (const [at, each] of list.entries()) {
    const one = rename(each, within, key, [...above, String(at)], used)
    if (!one.ok) return one
    changed.push(one.value)
  }
  return ok(changed)
}
