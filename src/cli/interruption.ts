import { constants } from 'node:os'

/** Exit codes of the terminal commands; of a command that was stopped, see `cancelledBy`. */
export const exitCodes = { ok: 0, notAsExpected: 1, usage: 2 } as const

/** The exit code of a command that was asked to stop: 128 and the signal's number, as shells do; 130 for other reasons. */
export function cancelledBy({ reason }: AbortSignal): number {
  const name = (['SIGTERM', 'SIGHUP'] as const).find((each) => each === reason) ?? 'SIGINT'
  return 128 + constants.signals[name]
}

/** The text about what could not be stopped: name and reason, one a line. */
export const notStopped = (left: readonly string[]): string =>
  `Not everything could be stopped. Remove what is left with: npm run clean\n${left.map((each) => `  ${each}\n`).join('')}`

/** How many times Ctrl-C is pressed until nothing is waited for any more. */
const forcingPresses = 3

/**
 * Maps SIGINT, SIGTERM, SIGHUP, a closed output, the end of stage 0 and uncaught exceptions to one AbortSignal.
 * Everything we started runs in process groups of its own, so a signal reaches only us and we stop them in order.
 * Repeating a signal does not hurry anything, except the third Ctrl-C: it ends this program at once, and says what may
 * be left.
 */
export function interruption(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController()
  const stop = (why: string): void => {
    if (!controller.signal.aborted) controller.abort(why)
  }
  const listeners: (() => void)[] = []
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    let presses = 0
    const handler = (): void => {
      stop(name === 'SIGINT' ? 'Ctrl-C' : name)
      presses += 1
      if (name !== 'SIGINT' || presses < forcingPresses) return
      process.stderr.write('Forced to end: not everything was stopped. Remove what is left with: npm run clean\n')
      process.exit(cancelledBy(controller.signal))
    }
    process.on(name, handler)
    listeners.push(() => process.off(name, handler))
  }
  // Without a listener a closed pipe or terminal would end us at once, and leave running everything that we started.
  const closed = (): void => stop('its output was closed')
  process.stdout.on('error', closed)
  process.stderr.on('error', closed)
  // If stage 0 is killed it forwards no signal, and for its caller we have ended: nothing would stop what goes on
  // running.
  const orphaned = (): void => stop('the program that had started it was killed')
  process.once('disconnect', orphaned)
  process.channel?.unref()
  listeners.push(() => process.off('disconnect', orphaned))
  const bug = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    stop('a bug of this program')
  }
  process.on('uncaughtException', bug)
  process.on('unhandledRejection', bug)
  listeners.push(() => {
    process.off('uncaughtException', bug)
    process.off('unhandledRejection', bug)
  })
  // The listeners of the outputs stay: the last write may fail as well.
  return { signal: controller.signal, dispose: () => listeners.forEach((off) => off()) }
}
