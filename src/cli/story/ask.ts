import { createInterface, type Interface } from 'node:readline'
import type { Publication } from '../../core/workflow/publication.ts'
import type { Thread } from './thread.ts'

/** The person at the terminal. Piped input counts as typed, a line per answer. */
export class Asked {
  #lines: Interface | undefined
  /** Lines that arrived before a question. */
  readonly #early: string[] = []
  #answer: ((line: string) => void) | undefined

  /** Everything but a clear yes is a no, including the end of the input and a signal. */
  async yesOrNo(question: string, signal: AbortSignal): Promise<'yes' | 'no'> {
    return /^y(es)?$/i.test(await this.line(question, signal)) ? 'yes' : 'no'
  }

  /** One trimmed line; undefined at the end of the input, or when the signal fires. */
  async line(question: string, signal: AbortSignal): Promise<string> {
    this.#listen()
    process.stderr.write(question)
    return (await this.#next(signal)).trim()
  }

  /** No more questions; without this the open input keeps the program from ending. */
  close(): void {
    this.#lines?.close()
    this.#lines = undefined
  }

  #listen(): void {
    if (this.#lines !== undefined) return
    this.#lines = createInterface({ input: process.stdin })
    this.#lines.on('line', (line) => {
      if (this.#answer === undefined) this.#early.push(line)
      else this.#answer(line)
    })
    this.#lines.once('close', () => this.#answer?.(''))
  }

  #next(signal: AbortSignal): Promise<string> {
    const early = this.#early.shift()
    if (early !== undefined) return Promise.resolve(early)
    return new Promise((resolve) => {
      const settle = (line: string): void => {
        this.#answer = undefined
        signal.removeEventListener('abort', over)
        resolve(line)
      }
      const over = (): void => settle('')
      this.#answer = settle
      signal.addEventListener('abort', over, { once: true })
      // An input that has ended reports it only once.
      if (signal.aborted || process.stdin.readableEnded) over()
    })
  }
}

/** What becomes public, place by place. */
export const publicationLines = (publications: readonly Publication[], thread: Thread): string[] =>
  publications.flatMap(({ place, at, forEver, fields }) => [
    ...thread.say(`${place}, at ${at}: ${forEver ? 'FOR EVER' : 'until you delete it'}`),
    ...fields.flatMap(({ name, value, personal }) => thread.field(name, personal ? `${value}  <- this is you` : value)),
  ])
