import { parseJson } from './json.ts'
import { err, ok, type Result } from './result.ts'

const maxDepth = 64

/**
 * Parses JSON in which every object has each key once: of two equal keys readers take the last, the first, or refuse,
 * and a person sees either. Keys are compared decoded, so an escape makes no difference. The error says what is wrong
 * and repeats nothing of the text.
 */
export function parseStrictJson(text: string): Result<unknown, string> {
  const value = parseJson(text)
  if (value === undefined) return err('not JSON')
  const problem = structureProblem(text)
  return problem === undefined ? ok(value) : err(problem)
}

/** The text is known to be JSON, so only strings and brackets have to be distinguished. */
function structureProblem(text: string): string | undefined {
  // The keys of each open object; nothing for an open array.
  const open: (Set<string> | undefined)[] = []
  let expectsKey = false
  for (const { 0: token, index } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g)) {
    const keys = open.at(-1)
    if (token === '{' || token === '[') {
      if (open.length === maxDepth) return `nested more than ${maxDepth} levels deep, in line ${lineAt(text, index)}`
      open.push(token === '{' ? new Set() : undefined)
    } else if (token === '}' || token === ']') {
      open.pop()
    } else if (token.startsWith('"') && expectsKey && keys !== undefined) {
      const key: unknown = JSON.parse(token)
      if (typeof key !== 'string') throw new Error('unreachable: a token in quotes is a string')
      if (keys.has(key)) return `a key that the same object has twice, in line ${lineAt(text, index)}`
      keys.add(key)
    }
    expectsKey = token === '{' || (token === ',' && open.at(-1) !== undefined)
  }
  return undefined
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
