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
 * What the engine says of containers, remembered as long as nothing happens to them. Each time the engine is asked
 * whether something did, and one such question answers for everybody who waits for it; describing a container costs the
 * engine more, and is asked for each. What may end in silence is not remembered: that a program was started in a
 * container besides, which the engine forgets without a word. See docs/adr/0007-what-an-engine-says.md.
 */
export class KnownContainers {
  readonly #socket: string
  readonly #news: EngineNews
  readonly #known = new Map<string, Known>()
  readonly #asked = new Map<string, Promise<Result<InspectedContainer>>>()
  /** How often there was news: what is being described meanwhile may be as it was before. */
  #newsCount = 0

  /** `newsWithinMs`: how long the engine has for telling what happened, before it is asked about the container itself. */
  constructor(socket: string, newsWithinMs: number) {
    this.#socket = socket
    this.#news = new EngineNews(socket, newsWithinMs, (news) => {
      this.#newsCount += 1
      if (news === 'unknown') this.#known.clear()
      else for (const id of news) this.#known.delete(id)
    })
  }

  /**
   * Describes a container as it is now, by its full id. Who asks about one that is being asked about gets that answer,
   * which ends at the deadline of who asked first.
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
    // A Map keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#known.keys()
    if (this.#known.size >= maxContainers && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(container.id, { container, startTime })
  }
}
