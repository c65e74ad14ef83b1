/** A value in its form for comparison: a digest with and without its algorithm is the same. */
export const bareValue = (value: string): string => value.replace(/^sha256:(?=[0-9a-f]{64}$)/, '')

/** A piece of a text, where it begins, and whether it is the searched value. */
export interface Part {
  readonly at: number
  readonly piece: string
  readonly lit: boolean
}

/** Shorter ones (an index, a process) occur everywhere by chance. */
const shortest = 6

const within = /[\p{L}\p{N}]/u

/** The text split at each whole occurrence of the value: part of a longer word or number does not count. */
export function partsOf(text: string, value: string): readonly Part[] {
  if (value.length < shortest) return [{ at: 0, piece: text, lit: text === value }]
  const parts: Part[] = []
  let done = 0
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const end = at + value.length
    if (at < done || within.test(text.charAt(at - 1)) || within.test(text.charAt(end))) continue
    if (at > done) parts.push({ at: done, piece: text.slice(done, at), lit: false })
    parts.push({ at, piece: value, lit: true })
    done = end
  }
  if (done < text.length || parts.length === 0) parts.push({ at: done, piece: text.slice(done), lit: false })
  return parts
}
