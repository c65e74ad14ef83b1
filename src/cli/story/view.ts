import type { CommandCard, RunEvent } from '../../core/workflow/events.ts'
import { type RunState, type StepView, stepElapsedMs } from '../../core/workflow/reducer.ts'
import { scenarios } from '../../core/workflow/scenarios.ts'
import { steps as table } from '../../core/workflow/steps.ts'
import { appErrorLines } from './error-lines.ts'
import { denialLines, factLines } from './facts.ts'
import type { Paint } from './paint.ts'
import { printable } from './paint.ts'
import { commandLines } from './shell.ts'
import { type Knot, seconds, type Thread } from './thread.ts'

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const redrawEveryMs = 100

/**
 * The story as it happens. Finished parts are printed once and stay; what is in progress is redrawn in place on a
 * terminal, and left out if the output is a file.
 */
export class StoryView {
  readonly #screen: Screen
  readonly #thread: Thread
  readonly #paint: Paint
  readonly #width: number
  #live: string[] = []
  #state: RunState | null = null
  #timer: NodeJS.Timeout | null = null
  /** Each step is explained once, where it first appears. */
  readonly #explained = new Set<string>()

  constructor(screen: Screen, thread: Thread, paint: Paint, width: number) {
    this.#screen = screen
    this.#thread = thread
    this.#paint = paint
    this.#width = width
  }

  /** Takes one event of the current run, with the state after it. */
  readonly onEvent = (event: RunEvent, state: RunState): void => {
    this.#state = state
    if (event.type === 'run.planned') {
      const scenario = scenarios[event.scenario]
      this.print([
        '',
        `  ${this.#paint('strong', scenario.title)}`,
        ...this.#thread.say(scenario.changed),
        this.#thread.gap(),
      ])
      this.#startTimer()
    } else if (event.type === 'run.finished') {
      this.#stopTimer()
      this.print(this.#ending(state))
    } else if ('step' in event) {
      const step = state.steps.find((view) => view.id === event.step)
      if (step !== undefined && endWords[step.status.state] !== undefined && event.type !== 'step.produced') {
        this.print(this.#block(step, state))
      } else if (event.type === 'step.waited' && step !== undefined) {
        this.print(this.#waiting(step, event))
      }
    }
    this.#redraw()
  }

  /** Stops redrawing while a person is prompted, and continues afterwards. `lines` stay. */
  async around<T>(lines: readonly string[], work: () => Promise<T>): Promise<T> {
    this.#stopTimer()
    this.print(lines)
    try {
      return await work()
    } finally {
      this.#startTimer()
    }
  }

  /** The lines of a publication hang on the thread like everything else. */
  get thread(): Thread {
    return this.#thread
  }

  /** Prints lines that stay, above the redrawn part. */
  print(lines: readonly string[]): void {
    this.#erase()
    if (lines.length > 0) this.#screen.write(`${lines.join('\n')}\n`)
  }

  /** Ends the redrawing; nothing half-drawn stays. */
  close(): void {
    this.#stopTimer()
    this.#erase()
  }

  /** What a person who is waited for has to know: where to go, or what to run. */
  #waiting({ id, commands, notes }: StepView, event: Extract<RunEvent, { type: 'step.waited' }>): string[] {
    const byHand = commands.filter((command) => command.byHand)
    const doing = id === 'register' || id === 'given-agent'
    if (this.#screen.isTTY === true && event.address === undefined && !doing) return []
    return [
      ...this.#thread.say(`waiting: ${event.what}`),
      ...(event.address === undefined ? [] : this.#thread.field('open', event.address)),
      ...(doing || event.address !== undefined ? notes.flatMap((note) => this.#thread.say(note)) : []),
      ...(doing ? byHand.flatMap((command) => this.#command(command, this.#thread)) : []),
    ]
  }

  #block(step: StepView, state: RunState): string[] {
    const { status } = step
    const { knot, word } = endWords[status.state] ?? { knot: 'open', word: status.state }
    const time = step.startedAt === null ? '' : seconds(stepElapsedMs(step, Date.now()))
    const lines = [this.#thread.knot(knot, table[step.id].title, word, time)]
    if (status.state === 'skipped') return [...lines, ...this.#thread.say(status.reason)]
    if (status.state === 'reused') return lines
    const whole = status.state === 'passed' || status.state === 'cancelled'
    const thread = whole ? this.#thread : this.#thread.severed()
    if (!this.#explained.has(step.id)) lines.push(...thread.say(table[step.id].explains))
    this.#explained.add(step.id)
    lines.push(...step.commands.flatMap((command) => this.#command(command, thread)))
    lines.push(...step.notes.flatMap((note) => thread.say(note)))
    for (const kind of table[step.id].gives) {
      const artifact = state.artifacts[kind]
      if (artifact !== undefined && status.state !== 'cancelled') lines.push(...factLines(artifact, thread, state))
    }
    if (status.state === 'refused') lines.push(...denialLines(status.denial, thread))
    if (status.state === 'failed') lines.push(...appErrorLines(status.error, thread))
    return [...lines, thread.gap()]
  }

  #command({ argv, byHand }: CommandCard, thread: Thread): string[] {
    const lines = commandLines(argv, this.#width - 8)
    const shown = lines.map((line, index) => thread.raw(`${index === 0 ? '$ ' : '  '}${line}`, 'quiet'))
    // The step called the engine's API; this command is equivalent.
    return byHand ? [...shown, thread.raw('  # equivalent command', 'quiet')] : shown
  }

  #ending(state: RunState): string[] {
    const { expected } = scenarios[state.scenario]
    const took = seconds(Date.parse(state.finishedAt ?? state.startedAt) - Date.parse(state.startedAt))
    if (state.outcome === 'svid') {
      return [
        this.#thread.knot('passed', 'The workload has its identity', state.ok ? 'as expected' : 'NOT expected', took),
      ]
    }
    if (state.outcome === 'denied') {
      return [
        this.#thread.knot('cut', 'No identity for this container', state.ok ? 'as expected' : 'NOT expected', took),
      ]
    }
    const word = state.outcome === 'cancelled' ? 'cancelled' : `expected ${expected.outcome}`
    return [this.#thread.knot(state.outcome === 'cancelled' ? 'open' : 'attention', 'The story has no end', word, took)]
  }

  #redraw(): void {
    if (this.#screen.isTTY !== true || this.#state === null) return
    const active = this.#state.steps.find((step) => activeStates.has(step.status.state))
    this.#erase()
    if (active === undefined) return
    const { status } = active
    const detail =
      status.state === 'waiting'
        ? status.what
        : status.state === 'running' && status.progress !== null
          ? progressText(status.progress)
          : ''
    const command = active.commands.at(-1)
    this.#live = [
      this.#thread.knot('attention', table[active.id].title, status.state, seconds(stepElapsedMs(active, Date.now()))),
      ...(command === undefined
        ? []
        : [this.#thread.raw(cut(`$ ${command.argv.join(' ')}`, this.#width - 6), 'quiet')]),
      ...(detail === '' ? [] : [this.#thread.raw(cut(detail, this.#width - 6), 'quiet')]),
    ]
    this.#screen.write(`${this.#live.join('\n')}\n`)
  }

  #erase(): void {
    // The carriage return first: a terminal that echoes ^C has moved the cursor.
    if (this.#live.length > 0) this.#screen.write(`\r\u001b[${this.#live.length}A\u001b[0J`)
    this.#live = []
  }

  #startTimer(): void {
    if (this.#screen.isTTY !== true) return
    this.#timer ??= setInterval(() => this.#redraw(), redrawEveryMs).unref()
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}

const activeStates: ReadonlySet<string> = new Set(['running', 'waiting', 'cancelling'])

/** The words for states that end a step. A state that is missing here is not an end. */
const endWords: Readonly<Partial<Record<StepView['status']['state'], { knot: Knot; word: string }>>> = {
  passed: { knot: 'passed', word: 'passed' },
  reused: { knot: 'passed', word: 'reused' },
  refused: { knot: 'cut', word: 'refused' },
  failed: { knot: 'cut', word: 'failed' },
  cancelled: { knot: 'open', word: 'cancelled' },
  skipped: { knot: 'open', word: 'left out' },
}

const cut = (text: string, width: number): string => {
  const clean = printable(text)
  return clean.length <= width ? clean : `${clean.slice(0, width - 1)}…`
}

function progressText(progress: Extract<RunEvent, { type: 'step.progressed' }>['progress']): string {
  switch (progress.kind) {
    case 'indeterminate':
      return progress.label
    case 'fraction':
      return `${progress.label} ${Math.round(progress.fraction * 100)} %`
    case 'count':
      return `${progress.label} ${progress.done} of ${progress.total}`
  }
}
