import { request } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { connect, type SecureContext } from 'node:tls'
import { proxyAuthorization, proxyName } from './proxy.ts'

/** A proxy that gives no connection. Its message names the proxy and the variable, never the login. */
export class ProxyError extends Error {
  readonly code = 'ERR_PROXY'
}

/** A proxy, and the variable that names it. */
export interface ProxyUsed {
  readonly proxy: URL
  readonly variable: string
}

/** How long a proxy may be silent. What waits for the answer has a shorter limit of its own. */
const patienceMs = 10_000

/** "the proxy HOST:PORT (VARIABLE)". */
export const proxyWords = ({ proxy, variable }: ProxyUsed): string => `the proxy ${proxyName(proxy)} (${variable})`

type TunnelMade = (...made: [error: null, socket: Socket] | [error: ProxyError, socket: null]) => void

/** Opens a connection to `host:port` through a proxy (RFC 9110, section 9.3.6: CONNECT). */
export function openTunnel(
  used: ProxyUsed & { readonly target: string; readonly secureContext: SecureContext },
  made: TunnelMade,
): void {
  const { proxy, target, secureContext } = used
  const authorization = proxyAuthorization(proxy)
  const tls = proxy.protocol === 'https:'
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = proxy.port === '' ? (tls ? 443 : 80) : Number(proxy.port)
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const asked = request({
    method: 'CONNECT',
    host,
    port,
    path: target,
    agent: false,
    headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
    timeout: patienceMs,
    ...(tls ? { createConnection: () => connect({ host, port, secureContext, ...servername }) } : {}),
  })
  const fail = (why: string): void => made(new ProxyError(`${proxyWords(used)} ${why}`), null)
  asked.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    socket.setTimeout(0)
    if (statusCode >= 200 && statusCode < 300) {
      // What came with the answer belongs to the connection: it may be a page of the proxy's.
      if (head.length > 0) socket.unshift(head)
      return made(null, socket)
    }
    socket.destroy()
    fail(statusWords(statusCode))
  })
  asked.once('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs / 1000} s`)))
  asked.once('error', (error) => fail(`cannot be used: ${error.message}`))
  asked.end()
}

/** A status of a proxy, in words. */
export const statusWords = (status: number): string =>
  status === 407
    ? 'demands a login that it was not given, or does not accept it (HTTP 407)'
    : `refuses the connection (HTTP ${status})`
