import { constants } from 'node:os'

/** How often Ctrl-C is pressed until the program no longer waits for what it stops. */
const forcingPresses = 3

/**
 * Ends the program in order at a signal, without a question; the third Ctrl-C ends it at once. `exitCode` is 128 + n after
 * signal n, as for a command in a terminal, and 0 where no signal came.
 */
export function endAtSignals(end: { readonly inOrder: () => void; readonly atOnce: (exitCode: number) => void }): {
  readonly exitCode: () => number
} {
  let exitCode = 0
  let presses = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A listener from before Chromium installed its own is never called, and keeps later ones from being called:
    // Chromium would close the window, and a second signal would end us with everything still running.
    process.removeAllListeners(signal)
    process.on(signal, () => {
      exitCode ||= 128 + constants.signals[signal]
      if (signal === 'SIGINT') presses += 1
      if (presses >= forcingPresses) end.atOnce(exitCode)
      else end.inOrder()
    })
  }
  return { exitCode: () => exitCode }
}
