/** Exit codes of the terminal commands. 130 is what a shell shows after Ctrl-C. */
export const exitCodes = { ok: 0, notAsExpected: 1, usage: 2, cancelled: 130 } as const

/**
 * Turns Ctrl-C, a closed terminal, an output that nobody reads any more, a polite kill and a bug of ours into one
 * request to stop. Everything we started runs in process groups of its own, so the request reaches us alone and we stop
 * them in order. Repeating it does not hurry anything.
 */
export function interruption(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController()
  const stop = (why: string): void => {
    if (!controller.signal.aborted) controller.abort(why)
  }
  const listeners: (() => void)[] = []
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const handler = (): void => stop(name === 'SIGINT' ? 'Ctrl-C' : name)
    process.on(name, handler)
    listeners.push(() => process.off(name, handler))
  }
  // Without a listener a closed pipe or terminal would end us at once, and leave everything that we started.
  const closed = (): void => stop('its output was closed')
  process.stdout.on('error', closed)
  process.stderr.on('error', closed)
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
  // The listeners of the outputs stay: what is written last may fail as well.
  return { signal: controller.signal, dispose: () => listeners.forEach((off) => off()) }
}
