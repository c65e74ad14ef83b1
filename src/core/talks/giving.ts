import type { Client } from '../contract/client.ts'
import type { Follower } from '../contract/follow.ts'
import type { Audience, PresenterView, TalkPress } from '../contract/presenting.ts'
import { parseRecording } from '../contract/recording.ts'
import type { AppError } from '../domain/app-error.ts'
import { assertNever, err, ok, type Result } from '../domain/result.ts'
import type { Depth } from '../workflow/acts.ts'
import type { RunState } from '../workflow/reducer.ts'
import type { ScenarioId } from '../workflow/scenarios.ts'
import { troubleWith, Waits, type WorkTimes, workTimes } from '../workflow/talk/net.ts'
import { parseTalk } from '../workflow/talk/parse.ts'
import {
  beginTalk,
  moveTalk,
  plannedMs,
  stopAt,
  stopsOf,
  type TalkBegin,
  type TalkMove,
  type TalkPosition,
  talkView,
} from '../workflow/talk/position.ts'
import { nextPress, type Press } from '../workflow/talk/press.ts'
import type { Talk } from '../workflow/talk/schema.ts'

interface GivingOptions {
  readonly client: Client
  readonly follower: Follower
  /** ISO 8601. */
  readonly now: () => string
  /** Called after each change of what either window shows. */
  readonly changed: () => void
}

/**
 * A talk that is being given: owns the position, and does what a press asks for. Everything outside the program that a
 * press would change needs a second one.
 */
export class GivingTalk {
  readonly #options: GivingOptions
  #position: TalkPosition | null = null
  #problem: AppError | null = null
  /** A request is under way: a press meanwhile would be a second one of the same. */
  #busy = false
  #name = ''
  #rehearses = false
  /** Runs of a rehearsal that are kept, or are being kept. */
  readonly #kept = new Set<string>()
  /** What the rehearsal of each scenario of this talk took; empty unless there is one of all. */
  #rehearsed: ReadonlyMap<ScenarioId, WorkTimes> = new Map()
  #waits = new Waits()

  constructor(options: GivingOptions) {
    this.#options = options
    options.follower.subscribe(() => {
      if (this.#position === null) return
      this.#waits.observe(this.#runs(), Date.parse(options.now()))
      void this.#keep()
      options.changed()
    })
  }

  get given(): boolean {
    return this.#position !== null
  }

  /** Whether a press answers the login of a run: only the sandbox's, whose people have no passwords. */
  get answersLogins(): boolean {
    return this.#position?.mode === 'live' && this.#options.follower.get().engine?.profile.kind === 'sandbox'
  }

  /** Reads a talk and shows its title. */
  async begin(name: string, mode: TalkBegin): Promise<Result<void>> {
    const text = await this.#options.client.request('readTalk', { name })
    const talk = text.ok ? parseTalk(text.value.text, `${name}.json`) : text
    this.#problem = talk.ok ? null : talk.error
    if (talk.ok) {
      this.#name = name
      this.#rehearses = mode === 'rehearse'
      this.#waits = new Waits()
      this.#rehearsed = mode === 'live' ? await this.#readRehearsal(talk.value) : new Map()
      this.#position = beginTalk(talk.value, mode === 'replay' ? 'replay' : 'live')
    }
    this.#options.changed()
    return talk.ok ? ok(undefined) : err(talk.error)
  }

  /** What the audience's window shows. */
  audience(): Audience {
    const position = this.#position
    const view = position === null ? null : talkView(position, this.#press(position).says)
    return { view, name: this.#name, problem: this.#problem }
  }

  /** What the presenter's window shows; null while no talk is given. */
  presenter(): Omit<PresenterView, 'picture' | 'oneDisplay'> | null {
    const position = this.#position
    if (position === null) return null
    const { talk, at, startedAt } = position
    const press = this.#press(position)
    const { effect, says } = press
    const next = stopsOf(talk)['at' in press ? press.at : at + 1]
    return {
      view: talkView(position, says),
      notes: stopAt(position)?.notes ?? '',
      next: next === undefined ? null : { scenario: next.scenario, act: next.act },
      press: { effect, says },
      net: this.#net(position),
      startedAt,
      plannedMs: plannedMs(position),
      wholeMs: talk.minutes * 60_000,
      problem: this.#problem,
    }
  }

  /** Does what a key asks for. */
  async press(what: TalkPress): Promise<void> {
    if (this.#position === null) return
    switch (what) {
      case 'next':
        return this.#next(this.#position)
      case 'first':
        return this.#position.at < 0 ? this.#next(this.#position) : undefined
      case 'back':
        return this.#move({ kind: 'back' })
      case 'blank':
        return this.#move({ kind: 'blank' })
      case 'zoom':
        return this.#move({ kind: 'zoom' })
      case 'calm':
        return this.#move({ kind: 'calm' })
      case 'net':
        if (this.#net(this.#position) === null) return undefined
        this.#problem = null
        return this.#move({ kind: 'net' })
      case 'end':
        this.#position = null
        this.#problem = null
        return this.#options.changed()
      default:
        return assertNever(what, 'press')
    }
  }

  /** A vote of the audience; null takes the last one back. */
  vote(answer: number | null): void {
    this.#move({ kind: 'vote', answer })
  }

  showAt(depth: Depth): void {
    this.#move({ kind: 'depth', depth })
  }

  point(to: TalkPosition['pointer']): void {
    this.#move({ kind: 'point', to })
  }

  /** Time has passed: a live step may be late by now. */
  tick(): void {
    if (this.#position !== null && this.#rehearsed.size > 0) this.#options.changed()
  }

  /** The offer to show the rehearsal, or to go back to what is live. */
  #net(position: TalkPosition): PresenterView['net'] {
    if (position.net) return { says: 'The rehearsal is shown.', back: true }
    if (this.#rehearsed.size === 0) return null
    if (this.#problem !== null) return { says: this.#problem.what, back: false }
    const part = stopAt(position)?.part
    const run = this.#runs().find(({ runId }) => part !== undefined && runId === position.runs[part])
    const rehearsed = run === undefined ? undefined : this.#rehearsed.get(run.scenario)
    if (run === undefined || rehearsed === undefined) return null
    const says = troubleWith(run, rehearsed, this.#waits, Date.parse(this.#options.now()))
    return says === null ? null : { says, back: false }
  }

  async #readRehearsal(talk: Talk): Promise<ReadonlyMap<ScenarioId, WorkTimes>> {
    const times = new Map<ScenarioId, WorkTimes>()
    for (const scenario of new Set(talk.parts.map((part) => part.scenario))) {
      const of = { kind: 'rehearsal', talk: this.#name, scenario } as const
      const text = await this.#options.client.request('getRecording', { of })
      const recording = text.ok ? parseRecording(text.value.text) : text
      // Half a net is none: a later part would have nothing to show.
      if (!recording.ok) return new Map()
      times.set(scenario, workTimes(recording.value.events))
    }
    return times
  }

  /** Keeps each run of a rehearsal once it has ended as it should. */
  async #keep(): Promise<void> {
    if (!this.#rehearses || this.#position === null) return
    const own = Object.values(this.#position.runs)
    for (const { runId, ok: asExpected } of this.#runs()) {
      if (asExpected !== true || !own.includes(runId) || this.#kept.has(runId)) continue
      this.#kept.add(runId)
      const kept = await this.#options.client.request('keepRehearsal', { talk: this.#name, runId })
      if (kept.ok) continue
      this.#problem = kept.error
      this.#options.changed()
    }
  }

  #runs(): readonly RunState[] {
    return this.#options.follower.get().engine?.runs ?? []
  }

  #press = (position: TalkPosition): Press => nextPress(position, this.#runs())

  #move(move: TalkMove): void {
    if (this.#position === null) return
    this.#position = moveTalk(this.#position, move)
    this.#options.changed()
  }

  async #next(position: TalkPosition): Promise<void> {
    if (this.#busy) return
    const press = this.#press(position)
    if (press.effect && position.armed !== press.says) return this.#move({ kind: 'arm', says: press.says })
    this.#problem = null
    switch (press.kind) {
      case 'show':
        return this.#move({ kind: 'show', at: press.at, now: this.#options.now() })
      case 'reveal':
        return this.#move({ kind: 'reveal' })
      case 'start':
        return this.#start(press)
      case 'log-in': {
        const part = stopAt(position)?.part
        const runId = part === undefined ? undefined : position.runs[part]
        this.#move({ kind: 'calm' })
        if (runId === undefined) return undefined
        return this.#ask(() =>
          this.#options.client.request('answerLogin', { runId, persona: press.persona, decision: 'allow' }),
        )
      }
      case 'wait':
      case 'end':
        return this.#move({ kind: 'calm' })
      default:
        return assertNever(press, 'press')
    }
  }

  async #start({ scenario, part, at }: Extract<Press, { kind: 'start' }>): Promise<void> {
    this.#move({ kind: 'calm' })
    await this.#ask(async () => {
      const run = await this.#options.client.request('startRun', { scenario })
      if (!run.ok) return run
      this.#move({ kind: 'started', part, runId: run.value.runId })
      this.#move({ kind: 'show', at, now: this.#options.now() })
      return run
    })
  }

  async #ask(request: () => Promise<Result<unknown>>): Promise<void> {
    this.#busy = true
    const answer = await request()
    this.#busy = false
    if (answer.ok) return
    this.#problem = answer.error
    this.#options.changed()
  }
}
