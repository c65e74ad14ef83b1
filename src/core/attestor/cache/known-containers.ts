import { LRUCache } from 'lru-cache'
import { type InspectedContainer, inspectContainer } from '../../containers/inspect/inspect.ts'
import { ok, type Result } from '../../domain/result.ts'
import type { StartTimeOf } from '../runtimes/runtime.ts'
import { EngineNews } from './engine-news.ts'

interface Known {
  readonly container: InspectedContainer
  /** Of its first process. */
  readonly startTime: string
}

const maxContainers = 1_000

/**
 * The engine's descriptions of containers, cached as long as nothing happens to them. Each lookup queries the engine
 * for events, and one such query serves everybody who waits for it; inspecting a container costs the engine more, and
 * is done per container. What may end silently is not cached: exec sessions, which the engine forgets without an event.
 * See docs/adr/0007-what-an-engine-says.md.
 */
export class KnownContainers {
  readonly #socket: string
  readonly #news: EngineNews
  readonly #known = new LRUCache<string, Known>({ max: maxContainers })
  readonly #asked = new Map<string, Promise<Result<InspectedContainer>>>()
  /** Counts the news: a description in progress may be from before it. */
  #newsCount = 0

  /** `newsWithinMs`: how long the engine has for listing its events, before the container itself is inspected. */
  constructor(socket: string, newsWithinMs: number) {
    this.#socket = socket
    this.#news = new EngineNews(socket, newsWithinMs, (news) => {
      this.#newsCount += 1
      if (news === 'unknown') this.#known.clear()
      else for (const id of news) this.#known.delete(id)
    })
  }

  /**
   * Describes a container as it is now, by its full id. Concurrent calls share one inspection, which ends at the
   * deadline of the first caller.
   */
  async container(id: string, startTimeOf: StartTimeOf, signal: AbortSignal): Promise<Result<InspectedContainer>> {
    if (this.#known.has(id)) await this.#news.look()
    const known = this.#known.get(id)
    if (known !== undefined && startTimeOf(known.container.initPid) === known.startTime) return ok(known.container)
    this.#known.delete(id)
    const asked = this.#asked.get(id)
    if (asked !== undefined) return asked
    const asking = this.#ask(id, startTimeOf, signal).finally(() => this.#asked.delete(id))
    this.#asked.set(id, asking)
    return asking
  }

  async #ask(id: string, startTimeOf: StartTimeOf, signal: AbortSignal): Promise<Result<InspectedContainer>> {
    this.#news.begin()
    const [follows, newsCount] = [this.#news.follows, this.#newsCount]
    const answer = await inspectContainer(this.#socket, id, signal)
    if (answer.ok && follows && newsCount === this.#newsCount) this.#remember(answer.value, startTimeOf)
    return answer
  }

  #remember(container: InspectedContainer, startTimeOf: StartTimeOf): void {
    const startTime = container.initPid === 0 ? undefined : startTimeOf(container.initPid)
    if (startTime === undefined || container.launch?.execIds.length !== 0) return
    this.#known.set(container.id, { container, startTime })
  }
}
