import type { SetupEvent } from '../../core/tools/setup/setup-event.ts'
import { paintFor, printable } from '../story/paint.ts'
import { afterEvent, lastingText, rowText, type SetupState, summaryText } from './setup-state.ts'

/** The output stream: stderr, or a stand-in with the same properties. */
export interface Screen {
  readonly write: (text: string) => unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface SetupView {
  readonly report: (event: SetupEvent) => void
  /** Removes the live rows and stops drawing. */
  readonly close: () => void
}

const redrawMs = 200
const plainEveryMs = 20_000

/**
 * Shows the setup: on a terminal, finished lines above and one live row for each program in progress; elsewhere plain
 * lines, and now and then a progress line.
 */
export function setupView(
  screen: Screen,
  env: Readonly<NodeJS.ProcessEnv>,
  clock = () => performance.now(),
): SetupView {
  const live = screen.isTTY === true && env['TERM'] !== 'dumb'
  const paint = paintFor(screen, env)
  let state: SetupState = []
  let drawn = 0
  const width = (): number => Math.max(20, (screen.columns || 80) - 1)
  const erase = (): void => {
    if (drawn > 0) screen.write(`\r\u001b[${drawn}A\u001b[J`)
    drawn = 0
  }
  const rows = (): string[] => state.map((row) => printable(rowText(row, clock())))
  const draw = (): void => {
    if (!live) return
    const lines = rows().map((line) => paint('quiet', line.slice(0, width())))
    erase()
    if (lines.length > 0) screen.write(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const say = (text: string): void => {
    erase()
    screen.write(`${printable(text)}\n`)
  }
  const tick = (): void => {
    if (live) draw()
    else if (state.length > 0) say(`Working  ${summaryText(state, clock())}`)
  }
  const timer = setInterval(tick, live ? redrawMs : plainEveryMs)
  timer.unref()
  return {
    report: (event) => {
      state = afterEvent(state, event, clock())
      const text = lastingText(event)
      if (text !== undefined) {
        say(text)
        draw()
      }
    },
    close: () => {
      clearInterval(timer)
      erase()
    },
  }
}
