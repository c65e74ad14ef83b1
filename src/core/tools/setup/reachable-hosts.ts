import { connect } from 'node:net'
import { routeTo } from '../../network/proxy.ts'

/** Why a host cannot be reached, or undefined when it can. Tried once per host and run. */
export type ReachableHosts = (url: string) => Promise<string | undefined>

/**
 * Connects to a host once and keeps the result, so that a machine without that host loses seconds once, not for each
 * program. A name that does not resolve fails at once; silence counts as unreachable after `patienceMs`.
 */
export function reachableHosts(patienceMs: number, signal?: AbortSignal): ReachableHosts {
  const answers = new Map<string, Promise<string | undefined>>()
  return (url) => {
    // Behind a proxy the host itself cannot be tried: its name may not even resolve here.
    const route = routeTo(new URL(url), process.env)
    const { hostname, port, protocol } = route.kind === 'proxy' ? route.proxy : new URL(url)
    const number = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port)
    const key = `${hostname}:${number}`
    const answer = answers.get(key) ?? knock(hostname, number, patienceMs, signal)
    answers.set(key, answer)
    return answer
  }
}

function knock(
  host: string,
  port: number,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(signal ? { signal } : {}) })
    const answer = (why: string | undefined): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(why)
    }
    const timer = setTimeout(() => answer(`${host} does not answer within ${patienceMs / 1000} s`), patienceMs)
    socket.once('connect', () => answer(undefined))
    socket.once('error', (error: NodeJS.ErrnoException) => answer(connectFailure(host, error)))
  })
}

/** Why a connection failed, in words. */
export function connectFailure(host: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `the name ${host} does not resolve`
  if (error.code === 'ECONNREFUSED') return `${host} refuses the connection`
  return `${host}: ${error.message}`
}
