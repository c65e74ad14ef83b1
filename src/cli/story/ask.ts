import { createInterface } from 'node:readline/promises'
import type { Publication } from '../../core/workflow/publication.ts'
import type { Thread } from './thread.ts'

/**
 * Asks on the terminal; everything but a clear yes is a no, and so are the end of the input and the signal's. What is
 * piped into the program counts as typed.
 */
export async function askYesNo(question: string, signal: AbortSignal): Promise<'yes' | 'no'> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    const answer = await Promise.race([lines.question(question, { signal }), closed])
    return /^\s*y(es)?\s*$/i.test(answer) ? 'yes' : 'no'
  } catch {
    // Aborted.
    return 'no'
  } finally {
    lines.close()
  }
}

/** What becomes public, place by place. */
export const publicationLines = (publications: readonly Publication[], thread: Thread): string[] =>
  publications.flatMap(({ place, at, forEver, fields }) => [
    ...thread.say(`${place}, at ${at}: ${forEver ? 'FOR EVER' : 'until you delete it'}`),
    ...fields.flatMap(({ name, value, personal }) => thread.field(name, personal ? `${value}  <- this is you` : value)),
  ])
