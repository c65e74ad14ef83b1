/**
 * Runs a function with a signal that is aborted after a time, but not once the function has ended. (AbortSignal.timeout
 * fires in any case: an error and an event-loop turn for each attestation, seconds later.)
 */
export async function within<T>(ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  try {
    return await run(late.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** For requests whose result may end up unused: gives each a signal of its own, all aborted at the same time. */
export function untilThen(ms: number): () => AbortSignal {
  const then = performance.now() + ms
  return () => AbortSignal.timeout(Math.max(1, Math.round(then - performance.now())))
}
