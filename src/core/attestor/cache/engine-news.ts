import { eventsSince } from '../../containers/inspect/inspect.ts'
import { within } from '../gates/deadline.ts'

/** The last known event: everything after it in the engine's list is new. */
interface Mark {
  readonly event: string
  /** Nanoseconds. */
  readonly at: bigint
}

/** The news: the ids of everything that changed, or `everything` if events may have been missed. */
export type News = ReadonlySet<string> | 'unknown'

/** How far before the last known event is read: two simultaneous events may be listed in either order. */
const marginNs = 1_000_000_000n
const tryAgainMs = 5_000

/**
 * What happened on a Docker Engine between two reads. The engine lists its newest events in order; as long as the last
 * known one is among them, nothing in between was left out, however busy the engine was. If it is not (more happened
 * than the engine keeps, it was restarted, its clock was set), anything may have happened, and that is the news.
 */
export class EngineNews {
  readonly #socket: string
  readonly #withinMs: number
  readonly #onNews: (news: News) => void
  #mark: Mark | undefined
  #next: Promise<void> | undefined
  #current: Promise<void> = Promise.resolve()
  #triedAt = Number.NEGATIVE_INFINITY

  /** `onNews` is called with the news before the read that found it resolves. */
  constructor(socket: string, withinMs: number, onNews: (news: News) => void) {
    this.#socket = socket
    this.#withinMs = withinMs
    this.#onNews = onNews
  }

  /** Whether the next read will report everything that happens from now on. */
  get follows(): boolean {
    return this.#mark !== undefined
  }

  /**
   * Reads once, starting after the call: everything that happened before is reported. Callers that arrive while a read
   * is in progress share the next one, because the current one may have started too early for them.
   */
  look(): Promise<void> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined
      this.#current = this.#look()
      return this.#current
    })
    return this.#next
  }

  /** Starts following, unless that is so or was tried just now. Earlier events are not reported. */
  begin(): void {
    if (this.#mark !== undefined || performance.now() - this.#triedAt < tryAgainMs) return
    this.#triedAt = performance.now()
    void this.look()
  }

  async #look(): Promise<void> {
    const mark = this.#mark
    const since = mark === undefined ? 1_000_000_000n : mark.at - marginNs
    const answer = await within(this.#withinMs, (signal) => eventsSince(this.#socket, since, signal))
    const events = answer.ok && answer.value.docker ? answer.value.events : []
    const known = mark === undefined ? -1 : events.lastIndexOf(mark.event)
    const last = events.at(-1)
    this.#mark = last === undefined ? undefined : markOf(last)
    if (known < 0) {
      this.#onNews('unknown')
      return
    }
    const fresh = events.slice(known + 1)
    if (fresh.length > 0) this.#onNews(new Set(fresh.flatMap((event) => event.match(/\b[0-9a-f]{64}\b/g) ?? [])))
  }
}

// Nanoseconds since the epoch exceed what JSON.parse can represent.
function markOf(event: string): Mark | undefined {
  const [, at] = /"timeNano":(\d{1,20})\b/.exec(event) ?? []
  return at === undefined ? undefined : { event, at: BigInt(at) }
}
