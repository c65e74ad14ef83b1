/**
 * Runs something with a signal that is aborted after a time, and not any more when it has ended. (AbortSignal.timeout
 * goes off in any case: an error and a turn for each attestation, seconds after it.)
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

/** For questions whose answer nobody may wait for in the end: gives each a signal of its own, aborted at the same time. */
export function untilThen(ms: number): () => AbortSignal {
  const then = performance.now() + ms
  return () => AbortSignal.timeout(Math.max(1, Math.round(then - performance.now())))
}
