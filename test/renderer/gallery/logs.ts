import type { EngineState } from '../../../src/core/contract/engine-state.ts'
import { joinTail, type LogTail } from '../../../src/core/contract/log-tails.ts'

/** The log of every step of the gallery: it begins with a hundred thousand lines, and is the same for all. */
const lines: string[] = Array.from({ length: 100_000 }, (_, number) => lineOf(number))

export const longLog = (): readonly string[] => lines

/** What a window holds of it at first. */
export const newestLines = (): LogTail => ({ from: lines.length - 2_000, lines: lines.slice(-2_000) })

/** The engine's state after so many more lines in every log. */
export function grow(engine: EngineState, count: number): EngineState {
  const from = lines.length
  for (let more = 0; more < count; more += 1) lines.push(lineOf(from + more))
  const added = { from, lines: lines.slice(from) }
  const logs = Object.entries(engine.logs).map(([key, tail]) => [key, joinTail(tail, added)])
  return { ...engine, logs: Object.fromEntries(logs) }
}

function lineOf(number: number): string {
  if (number === 99_400) return `a very long line ${'x'.repeat(1_200_000)}`
  if (number % 1_000 === 500) return `entry ${number} of the Rekor log`
  switch (number % 11) {
    case 3:
      return `line ${number} \u001b[34mblue\u001b[0m \u001b[2J\u202e<i>not italic</i>\u0000`
    case 5:
      return `\u001b[2m12:00:0${number % 10}\u001b[0m \u001b[1;32mINFO\u001b[0m \u001b[38;5;208mrekor\u001b[0m line ${number}`
    case 6:
      return `\u001b[41mERROR\u001b[0m line ${number} \u001b[31mno token\u001b[0m \u001b[4;38;2;0;128;255mhttps://example.test\u001b[0m`
    case 8:
      return `issuer | line ${number} ${'of what the issuer said '.repeat(9)}`
    default:
      return `line ${number} of what the tool said`
  }
}
