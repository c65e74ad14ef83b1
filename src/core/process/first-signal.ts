import { setMaxListeners } from 'node:events'

/**
 * A signal that is aborted with the first of these, and for its reason. Use it in place of AbortSignal.any, which holds
 * its sources weakly: a timeout among them can be collected before it fires (nodejs/node#57736, seen on 20.20), and some
 * later versions lose an abort (nodejs/node#65995). What waits for such a signal waits for ever.
 */
export function firstSignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const first = new AbortController()
  const sources = signals.filter((signal) => signal !== undefined)
  const end = ({ target }: Event): void => {
    // A source that lives long does not collect what has ended.
    for (const source of sources) source.removeEventListener('abort', end)
    if (target instanceof AbortSignal) first.abort(target.reason)
  }
  // A signal gets a listener for each request in flight, and from eleven on Node would warn of a leak. Set for these
  // signals alone: setMaxListeners without a target changes the limit of every emitter.
  for (const one of [...sources, first.signal]) setMaxListeners(0, one)
  const over = sources.find(({ aborted }) => aborted)
  if (over !== undefined) first.abort(over.reason)
  else for (const source of sources) source.addEventListener('abort', end, { once: true })
  return first.signal
}
