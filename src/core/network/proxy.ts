import { BlockList, isIP } from 'node:net'

/** The variables that say which proxy is used for what, as programs of every kind know them. */
export const proxyVariables = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
] as const

type Env = Readonly<Record<string, string | undefined>>

/** How an address is reached. */
export type Route =
  | { readonly kind: 'direct' }
  /** `variable` is the one that names the proxy. */
  | { readonly kind: 'proxy'; readonly proxy: URL; readonly variable: string }
  /** A variable names a proxy that this program cannot use. `problem` does not repeat its value: it may hold a login. */
  | { readonly kind: 'unusable'; readonly variable: string; readonly problem: string }

/**
 * The route to an address, by the rules of docker and cosign (golang.org/x/net/http/httpproxy): HTTPS_PROXY for https
 * and HTTP_PROXY for http, in capitals first; never for localhost and loopback addresses; NO_PROXY lists hosts with
 * their subdomains, addresses and networks, each with an optional port. ALL_PROXY does not count, as with them.
 */
export function routeTo(url: URL, env: Env): Route {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const set = firstSet(env, [name, name.toLowerCase()])
  if (set === undefined || isExempt(url, firstSet(env, ['NO_PROXY', 'no_proxy'])?.value ?? ''))
    return { kind: 'direct' }
  const { variable } = set
  const proxy = proxyUrl(set.value)
  if (proxy === undefined) return { kind: 'unusable', variable, problem: 'it is not the address of a proxy' }
  // What follows the host may be the rest of a password.
  if (!/^\/?$/.test(proxy.pathname) || proxy.search !== '' || proxy.hash !== '') {
    const problem = 'more follows its host; in a password, write # as %23, / as %2F and ? as %3F'
    return { kind: 'unusable', variable, problem }
  }
  const scheme = proxy.protocol.slice(0, -1)
  if (scheme !== 'http' && scheme !== 'https')
    return { kind: 'unusable', variable, problem: `it names a ${scheme} proxy; this program uses http and https ones` }
  return { kind: 'proxy', proxy, variable }
}

/** A proxy for people: without the login that its address may have. */
export const proxyName = ({ host }: URL): string => host

/** What proves a login to a proxy; undefined if its address has none. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined
  const [name, password] = [decoded(proxy.username), decoded(proxy.password)]
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** The proxy variables that are set, for a program that we start. */
export function proxyEnvironment(env: Env): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of proxyVariables) {
    const value = env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

/** The logins in the proxy variables, each in the forms in which a program may print it. */
export function proxySecrets(env: Env): readonly string[] {
  const values = Object.entries(proxyEnvironment(env)).flatMap(([name, value]) =>
    /^no_proxy$/i.test(name) ? [] : [value],
  )
  return [...new Set(values.flatMap(secretsOf))].filter((secret) => secret !== '')
}

function secretsOf(value: string): readonly string[] {
  const url = proxyUrl(value)
  // Whether or not it is a valid address: all that stands before its host.
  const login = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is.exec(value)?.[1] ?? ''
  const password = login.includes(':') ? login.slice(login.indexOf(':') + 1) : login
  const authorization = url === undefined ? '' : (proxyAuthorization(url)?.replace(/^Basic /, '') ?? '')
  return [login.includes(':') ? login : '', password, decoded(password), authorization]
}

function firstSet(env: Env, names: readonly string[]): { variable: string; value: string } | undefined {
  for (const variable of names) {
    const value = env[variable]
    if (value !== undefined && value !== '') return { variable, value }
  }
  return undefined
}

/** An address without a scheme is an http proxy. */
function proxyUrl(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(full)) return undefined
  const url = new URL(full)
  return url.hostname === '' ? undefined : url
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether an address is on this machine, so that no proxy is ever used. */
export function isLoopback(hostname: string): boolean {
  const host = plainHost(hostname)
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, familyOf(host)))
}

function isExempt(url: URL, list: string): boolean {
  if (isLoopback(url.hostname)) return true
  const host = plainHost(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return list.split(',').some((entry) => exempts(entry.trim().toLowerCase(), host, port))
}

/** Whether an entry of NO_PROXY is about this host and port. */
function exempts(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*') return true
  const [, network, bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? []
  if (network !== undefined && isIP(network) !== 0) return isIP(host) !== 0 && inNetwork(host, network, Number(bits))
  const [, withPort, wantedPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  if (wantedPort !== undefined && wantedPort !== port) return false
  const name = plainHost(withPort ?? entry)
  if (name === '') return false
  if (isIP(name) !== 0) return isIP(host) !== 0 && inNetwork(host, name, isIP(name) === 4 ? 32 : 128)
  const suffix = name.replace(/^\*(?=\.)/, '')
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`)
}

function inNetwork(host: string, network: string, bits: number): boolean {
  if (bits > (isIP(network) === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, bits, familyOf(network))
  return list.check(host, familyOf(host))
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

const plainHost = (hostname: string): string => hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1')
