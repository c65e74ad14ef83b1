/**
 * When published changes are sent: at once after a quiet time, so that a single event is seen without delay, and
 * otherwise `ms` after the last batch, so that thousands of changes a second are a few messages.
 */
export function batches(ms: number): (flush: () => void) => void {
  let last = Number.NEGATIVE_INFINITY
  return (flush) => {
    const go = (): void => {
      last = performance.now()
      flush()
    }
    const wait = last + ms - performance.now()
    // Never within publish: several changes published in a row belong to one batch.
    if (wait <= 0) setImmediate(go)
    else setTimeout(go, wait)
  }
}
