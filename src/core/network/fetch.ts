import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Agent, buildConnector, Dispatcher } from 'undici'
import { ok, type Result } from '../domain/result.ts'
import { readCaFile } from './ca-file.ts'
import { proxyAuthorization, type Route, routeTo } from './proxy.ts'
import { readSystemCas, systemCasState } from './system-cas.ts'
import { openTunnel, ProxyError, type ProxyUsed, proxyWords, statusWords } from './tunnel.ts'
import type * as undiciModule from './undici.ts'

type Undici = typeof undiciModule

/** What a connection needs, and from what it was made. */
interface Made {
  readonly state: string
  readonly secureContext: SecureContext
  /** By route: `direct`, or the address of a proxy. */
  readonly agents: Map<string, Agent>
}

/**
 * `fetch` as this machine's network wants it. The standard proxy variables count, and never for loopback. Trusted are
 * the well-known CAs, those of this machine's store, and those of a CA file where one is named; each is read again when
 * it has changed. Redirects are followed by the caller: another host may have another route.
 */
export class NetworkFetch {
  readonly #caFile: string | undefined
  readonly #env: Readonly<NodeJS.ProcessEnv>
  #made: Made | undefined

  constructor(options: { readonly caFile?: string | undefined; readonly env?: Readonly<NodeJS.ProcessEnv> } = {}) {
    this.#caFile = options.caFile
    this.#env = options.env ?? process.env
  }

  /** The function itself; an error when the CA file cannot be used. */
  async fetch(): Promise<Result<typeof fetch>> {
    const text = this.#caFile === undefined ? ok('') : await readCaFile(this.#caFile)
    if (!text.ok) return text
    return ok((input, init) => this.#send(input, init, text.value))
  }

  /** Loads what a first request would wait for: some tenths of a second. */
  async prepare(): Promise<void> {
    const text = this.#caFile === undefined ? ok('') : await readCaFile(this.#caFile)
    await import('./undici.ts')
    if (text.ok) this.#current(text.value)
  }

  /** Lets go of the connections; what is under way ends first. */
  async close(): Promise<void> {
    const made = this.#made
    this.#made = undefined
    await Promise.all([...(made?.agents.values() ?? [])].map((agent) => agent.close()))
  }

  async #send(input: Parameters<typeof fetch>[0], init: RequestInit | undefined, own: string): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input)
    const route = routeTo(url, this.#env)
    if (route.kind === 'unusable') throw noRoute(`${route.variable} cannot be used: ${route.problem}`)
    // Nothing is verified, and there is nothing in between: the sandbox, mostly.
    if (route.kind === 'direct' && url.protocol === 'http:') return fetch(input, init)
    // Loaded only where it is needed: it takes a tenth of a second.
    const undici = await import('./undici.ts')
    const agent = this.#agent(undici, url, route, own)
    if (route.kind === 'direct' || url.protocol === 'https:')
      return undici.fetch(url, { ...init, redirect: 'manual', dispatcher: agent })
    const asked = { login: false }
    const dispatcher = agent.compose(forwardedBy(route, () => (asked.login = true)))
    return undici.fetch(url, { ...init, redirect: 'manual', dispatcher }).catch((error: unknown) => {
      throw asked.login ? noRoute(`${proxyWords(route)} ${statusWords(407)}`) : error
    })
  }

  #agent(undici: Undici, url: URL, route: Route, own: string): Agent {
    const { secureContext, agents } = this.#current(own)
    const key = route.kind === 'proxy' ? `${url.protocol} ${route.proxy.href}` : 'direct'
    const known = agents.get(key)
    const agent = known ?? new undici.Agent({ connect: connectBy(undici, route, url.protocol, secureContext) })
    agents.set(key, agent)
    return agent
  }

  /** The CAs as they are now, and the connections that were made with them. */
  #current(own: string): Made {
    const state = `${systemCasState(this.#env)}\n${own}`
    if (this.#made?.state === state) return this.#made
    void this.close()
    const ca = [
      ...new Set([...rootCertificates.map((pem) => `${pem.trim()}\n`), ...readSystemCas(this.#env).certificates]),
    ]
    const secureContext = createSecureContext({ ca: own === '' ? ca : [...ca, own] })
    return (this.#made = { state, secureContext, agents: new Map() })
  }
}

function connectBy(
  undici: Undici,
  route: Route,
  protocol: string,
  secureContext: SecureContext,
): buildConnector.connector {
  const connect = undici.buildConnector({ secureContext })
  // A plain http request is written to the proxy itself, whole (`forwardedBy`).
  if (route.kind !== 'proxy' || protocol === 'http:') return connect
  return (options, callback) => {
    const { hostname, port } = options
    openTunnel({ ...route, target: `${hostname}:${port || 443}`, secureContext }, (error, socket) => {
      if (error === null) connect({ ...options, httpSocket: socket }, callback)
      else callback(error, null)
    })
  }
}

/**
 * Sends a request for http to the proxy with its whole address (RFC 9112, section 3.2.2). `onLogin` is called when the
 * proxy demands a login: `fetch` then fails without a reason.
 */
function forwardedBy({ proxy }: ProxyUsed, onLogin: () => void): Dispatcher.DispatcherComposeInterceptor {
  const authorization = proxyAuthorization(proxy)
  return (dispatch) => (options, handler) => {
    const target = new URL(String(options.origin))
    const headers = {
      ...headersOf(options.headers),
      host: target.host,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
    }
    const path = `${target.origin}${options.path}`
    return dispatch({ ...options, origin: proxy.origin, path, headers }, watched(handler, onLogin))
  }
}

/** The same handler, and a call for status 407. */
function watched(handler: Dispatcher.DispatchHandlers, onLogin: () => void): Dispatcher.DispatchHandlers {
  const own: Dispatcher.DispatchHandlers = Object.assign(Object.create(handler), {
    onHeaders(...words: Parameters<NonNullable<Dispatcher.DispatchHandlers['onHeaders']>>): boolean {
      if (words[0] === 407) onLogin()
      return handler.onHeaders?.apply(own, words) ?? true
    },
  })
  return own
}

/** `fetch` passes a record. */
const headersOf = (headers: Dispatcher.DispatchOptions['headers']): Record<string, string | string[] | undefined> =>
  headers === undefined || headers === null || Array.isArray(headers) || Symbol.iterator in headers ? {} : headers

/** No connection, in the form in which `fetch` reports it. */
const noRoute = (why: string): TypeError => new TypeError('fetch failed', { cause: new ProxyError(why) })

const shared = new Map<string, NetworkFetch>()

/** A `NetworkFetch` that all callers with the same CA file share, with its connections. */
export function networkFetch(caFile?: string): Promise<Result<typeof fetch>> {
  const known = shared.get(caFile ?? '') ?? new NetworkFetch({ caFile })
  shared.set(caFile ?? '', known)
  return known.fetch()
}
