/** A readiness probe: the URL returns 200 and, if given, its body fits. Says what is missing otherwise. */
export function answers(url: string, fits: (body: string) => boolean = () => true) {
  return async (signal: AbortSignal): Promise<boolean | string> => {
    const response = await fetch(url, { signal, redirect: 'error' }).catch(() => undefined)
    if (response === undefined) return `nothing answers at ${url}`
    const body = await response.text().catch(() => '')
    if (response.status !== 200) return `GET ${url} answers ${response.status}`
    return fits(body) || `GET ${url} answers something else`
  }
}

/** Whether all probes succeed; otherwise what the first one misses. */
export function all(...probes: readonly ((signal: AbortSignal) => Promise<boolean | string>)[]) {
  return async (signal: AbortSignal): Promise<boolean | string> => {
    for (const probe of probes) {
      const answer = await probe(signal)
      if (answer !== true) return answer
    }
    return true
  }
}
