import { eventsSince } from '../../containers/inspect/inspect.ts'
import { within } from '../gates/deadline.ts'

/** The last event that is known: whatever comes after it in the engine's list is new. */
interface Mark {
  readonly event: string
  /** Nanoseconds. */
  readonly at: bigint
}

/** What is new: the ids of everything that something happened to, or that nobody knows what happened. */
export type News = ReadonlySet<string> | 'unknown'

/** How far before the last known event is read: two that happen at once may be listed either way. */
const marginNs = 1_000_000_000n
const tryAgainMs = 5_000

/**
 * What happened on a Docker Engine between two looks. The engine lists its newest events in their order; as long as the
 * last one that was known is among them, nothing in between was left out, however busy the engine was. When it is not
 * (more happened than the engine keeps, it was started anew, its clock was set), nobody knows, and that is the news.
 */
export class EngineNews {
  readonly #socket: string
  readonly #withinMs: number
  readonly #onNews: (news: News) => void
  #mark: Mark | undefined
  #next: Promise<void> | undefined
  #current: Promise<void> = Promise.resolve()
  #triedAt = Number.NEGATIVE_INFINITY

  /** `onNews` hears what is new before the look that found it ends. */
  constructor(socket: string, withinMs: number, onNews: (news: News) => void) {
    this.#socket = socket
    this.#withinMs = withinMs
    this.#onNews = onNews
  }

  /** Whether the next look will tell everything that happens from now on. */
  get follows(): boolean {
    return this.#mark !== undefined
  }

  /**
   * Looks once, after being called: everything that happened before is told. Those who come while the engine is asking
   * itself share the next look, because the one that is under way may have been too early for them.
   */
  look(): Promise<void> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined
      this.#current = this.#look()
      return this.#current
    })
    return this.#next
  }

  /** Begins to follow, unless that is so or was tried just now. What happened until then is not told. */
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

// A number of nanoseconds is more than JSON.parse can hold.
function markOf(event: string): Mark | undefined {
  const [, at] = /"timeNano":(\d{1,20})\b/.exec(event) ?? []
  return at === undefined ? undefined : { event, at: BigInt(at) }
}
