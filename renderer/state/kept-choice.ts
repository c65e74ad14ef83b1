/** The choice that was kept under this key, if it is one of those allowed. None where the machine keeps none. */
export function keptChoice<T extends string>(key: string, allowed: readonly T[]): T | undefined {
  try {
    const kept = localStorage.getItem(key)
    return allowed.find((each) => each === kept)
  } catch {
    return undefined
  }
}

/** Keeps a choice for the next start, where the machine keeps any: a full disk must not take the choice away now. */
export function keepChoice(key: string, choice: string): void {
  try {
    localStorage.setItem(key, choice)
  } catch {}
}
