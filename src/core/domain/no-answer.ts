/** Why `fetch` got no answer, in words. The cause is one level down, and below a list when two addresses were tried. */
export function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time'
  const { cause } = error
  if (cause instanceof AggregateError) return whyNoAnswer(cause.errors[0])
  return cause instanceof Error ? cause.message : error.message
}
