import type { EngineKind } from '../../../containers/inspect/launch-facts.ts'

/** Whether a value of this key leaves a container as built. */
export type Rule = (value: unknown, engine: EngineKind | 'cri') => boolean

export const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  value === false ||
  value === 0 ||
  (typeof value === 'object' && Object.keys(value).length === 0)

export const any: Rule = () => true
export const oneOf =
  (...values: readonly string[]): Rule =>
  (value) =>
    values.some((each) => each === (value ?? ''))
export const eachOf =
  (pattern: RegExp): Rule =>
  (value) =>
    isEmpty(value) || (Array.isArray(value) && value.every((each) => pattern.test(String(each))))
export const keysLike =
  (pattern: RegExp): Rule =>
  (value) =>
    isEmpty(value) || (typeof value === 'object' && Object.keys(value ?? {}).every((key) => pattern.test(key)))

/** One rule for several keys. */
export const all = (keys: readonly string[], rule: Rule) => Object.fromEntries(keys.map((key) => [key, rule]))

/** A value in words. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 200)
  try {
    return (JSON.stringify(value) ?? '').slice(0, 200)
  } catch {
    // JSON.parse takes any depth, JSON.stringify does not.
    return 'a deeply nested value'
  }
}
