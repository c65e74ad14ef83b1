import { createInterface, type Interface } from 'node:readline'
import type { Publication } from '../../core/workflow/publication.ts'
import type { Thread } from './thread.ts'

/** Whoever sits at the terminal. What is piped into the program counts as typed, a line an answer. */
export class Asked {
  #lines: Interface | undefined
  /** Lines that came before anybody was asked for them. */
  readonly #early: string[] = []
  #answer: ((line: string) => void) | undefined

  /** Everything but a clear yes is a no, and so are the end of the input and the signal's. */
  async yesOrNo(question: string, signal: AbortSignal): Promise<'yes' | 'no'> {
    return /^y(es)?$/i.test(await this.line(question, signal)) ? 'yes' : 'no'
  }

  /** One line without the space around it; nothing at the end of the input, or when the signal ends. */
  async line(question: string, signal: AbortSignal): Promise<string> {
    this.#listen()
    process.stderr.write(question)
    return (await this.#next(signal)).trim()
  }

  /** Nobody is asked any more; without this the open input keeps the program from ending. */
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
      // An input that has ended tells so once only.
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
