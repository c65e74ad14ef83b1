/** The middle value; of an even number of values the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  if (low === undefined || high === undefined) throw new Error('No values, no median.')
  return (low + high) / 2
}

/** The value that so many percent of the values do not exceed. Throws for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]
  if (value === undefined) throw new Error('No values, no percentile.')
  return value
}

/** Median with the smallest and largest value, in milliseconds. */
export const spread = (values: readonly number[]): string =>
  `median ${Math.round(median(values))} ms (${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))}, n=${values.length})`

/** A size for people. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** Durations in milliseconds for people: median, and the slow end. */
export const times = (values: readonly number[]): string =>
  `median ${median(values).toFixed(1)} ms, p95 ${percentile(values, 95).toFixed(1)} ms (n=${values.length})`
