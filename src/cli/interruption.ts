/** Exit codes of the terminal commands. 130 is what a shell shows after Ctrl-C. */
export const exitCodes = { ok: 0, notAsExpected: 1, usage: 2, cancelled: 130 } as const

/**
 * Turns Ctrl-C, a closed terminal and a polite kill into one request to stop. Everything we started runs in process
 * groups of its own, so the request reaches us alone and we stop them in order. Repeating it does not hurry anything.
 */
export function interruption(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const handlers = names.map((name) => {
    const handler = (): void => {
      if (!controller.signal.aborted) controller.abort(name === 'SIGINT' ? 'Ctrl-C' : name)
    }
    process.on(name, handler)
    return () => process.off(name, handler)
  })
  return { signal: controller.signal, dispose: () => handlers.forEach((off) => off()) }
}
