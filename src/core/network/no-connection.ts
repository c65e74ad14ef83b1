import { whyNoAnswer } from '../domain/no-answer.ts'
import { assertNever } from '../domain/result.ts'
import { routeTo } from './proxy.ts'
import { readSystemCas } from './system-cas.ts'
import { isProxyTrouble, tlsTrouble, troubleWords } from './tls-trouble.ts'
import { proxyWords } from './tunnel.ts'

/** Why a service did not answer, in words, and what to do where that is known. */
export interface NoConnection {
  readonly found: string
  readonly remedy?: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Where CAs that one service needs are named. */
export interface CaPlace {
  /** The key of a CA file in what configures the service. */
  readonly key: string
  /** The file that it names, if it does. */
  readonly file?: string | undefined
}

/** ", through the proxy HOST (VARIABLE)" where an address is reached by one: it may be the cause of anything. */
export function throughProxy(url: URL, env: Env): string {
  const route = routeTo(url, env)
  return route.kind === 'proxy' ? `, through ${proxyWords(route)}` : ''
}

/** How to make a CA known, and which variable promises one and holds none. */
function unknownCaAdvice(host: string, { key, file }: CaPlace, env: Env): { found: string; remedy: string } {
  const { problems } = readSystemCas(env)
  const note = problems.length === 0 ? '' : `; ${problems.join('; ')}`
  const get = `Get the CA’s certificate (PEM) from those who run ${host}`
  return file === undefined
    ? {
        found: `a certificate of a CA that is not known here${note}`,
        remedy: `${get}, and name its file under "${key}", or add it to this machine’s certificate store.`,
      }
    : { found: `a certificate of another CA than that in ${file}${note}`, remedy: `${get}, and write it into ${file}.` }
}

/** How to get past a proxy. */
export const proxyRemedy = (host: string): string =>
  `Correct the proxy’s address (with a login, if it wants one), or list ${host} in NO_PROXY if it is reached without one.`

/** What `fetch` threw at an address, in words. */
export function noConnection(error: unknown, url: URL, place: CaPlace, env: Env = process.env): NoConnection {
  const via = throughProxy(url, env)
  if (isProxyTrouble(error)) return { found: whyNoAnswer(error), remedy: proxyRemedy(url.hostname) }
  const trouble = tlsTrouble(error)
  if (trouble === undefined) {
    const found = `${whyNoAnswer(error)}${via}`
    return via === '' ? { found } : { found, remedy: proxyRemedy(url.hostname) }
  }
  const found = `${troubleWords(trouble, error)}${via}`
  switch (trouble) {
    case 'unknown-ca': {
      const advice = unknownCaAdvice(url.host, place, env)
      return { found: `${advice.found}${via}`, remedy: advice.remedy }
    }
    case 'expired':
    case 'not-yet-valid':
      return { found, remedy: `Look at this machine’s clock; then have those who run ${url.host} renew it.` }
    case 'other-name':
      return { found, remedy: `Name the service as its certificate does, or have a certificate made for ${url.host}.` }
    case 'no-tls':
      // Without TLS, a login would be sent in the clear through whatever answered.
      if (via !== '')
        return { found: `an answer without TLS, such as a web page${via}`, remedy: proxyRemedy(url.hostname) }
      return { found, remedy: `Write its address with http:, if ${url.host} is meant to have no TLS.` }
    default:
      return assertNever(trouble, 'trouble')
  }
}
