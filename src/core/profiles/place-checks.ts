import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readRegularText } from '../files/read-regular.ts'
import { caFileProblem } from '../network/ca-file.ts'
import { proxyRemedy, throughProxy } from '../network/no-connection.ts'
import { RegistryAccess } from '../registry/login/registry-access.ts'
import { isRegistryError, refused } from '../registry/refused.ts'
import { get } from '../registry/registry-http.ts'
import type { ServicesProfile } from './profile-schema.ts'
import type { Finding } from './service-checks.ts'

/** The Docker configuration with a profile's credentials; undefined if it has none. */
export function dockerConfigOf(
  { registry: { credentials } }: ServicesProfile,
  env: Readonly<NodeJS.ProcessEnv>,
): string | undefined {
  if (credentials === undefined) return undefined
  if (credentials !== 'docker') return credentials.dockerConfig
  return join(env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json')
}

/** The registry lets the repository be read. Whether it may be written is known only by writing, which is not tried. */
export async function checkRegistry(
  profile: ServicesProfile,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<Finding> {
  const { host, repository, plainHttp, caFile } = profile.registry
  const expected = `${host} lets ${repository} be read`
  const access = new RegistryAccess(host, dockerConfigOf(profile, env), caFile)
  const registry = { host, plainHttp, access }
  const answer = await get({
    registry,
    path: `/v2/${repository}/manifests/sigstore-attestor-looks`,
    accept: 'application/vnd.oci.image.manifest.v1+json',
    maxBytes: 4 * 1024 * 1024,
    signal,
  })
  await access.close()
  if (!answer.ok) {
    const { found = answer.error.what, remedy, code, expected: wanted = expected } = answer.error
    // Without an answer nothing is known of the repository; a refusal is one.
    const unknown = ['registry.unreachable', 'registry.tls'].includes(code)
    return { verdict: unknown ? 'could-not-check' : 'failed', expected: unknown ? expected : wanted, found, remedy }
  }
  const { status, headers, body } = answer.value
  if (/^text\/html/i.test(headers.get('content-type') ?? '')) {
    const via = throughProxy(new URL(`${plainHttp ? 'http' : 'https'}://${host}`), env)
    const found = `a web page (HTTP ${status})${via}`
    // It may be the proxy's own.
    if (via !== '')
      return { verdict: 'could-not-check', expected, found, remedy: proxyRemedy(host.replace(/:\d+$/, '')) }
    return {
      verdict: 'failed',
      expected,
      found,
      remedy: 'Name the registry itself: what answers here is something else.',
    }
  }
  // The requested tag does not exist: "not found" is the response of a readable registry, and of any other web server.
  if (status === 404 && !isRegistryError(body) && !headers.has('docker-distribution-api-version')) {
    return {
      verdict: 'not-checked',
      expected,
      found: 'HTTP 404 without an error of a registry: it may be another server',
    }
  }
  if (status === 200 || status === 404) return { verdict: 'passed', expected, found: `HTTP ${status}` }
  const { found, remedy } = refused({ what: expected, expected, registry }, answer.value)
  return {
    verdict: status === 429 || status >= 500 ? 'could-not-check' : 'failed',
    expected,
    found: found ?? `HTTP ${status}`,
    remedy: status === 401 ? `Log in: docker login ${host}. Then name those credentials in the profile.` : remedy,
  }
}

/** SPIRE of the profile exists, and what is needed to reach it. */
export async function checkSpire(
  { spire }: ServicesProfile,
  env: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<Finding> {
  if (spire === 'ours')
    return { verdict: 'passed', expected: 'a server and an agent of ours', found: 'they are started with the story' }
  const expected =
    'agentSocket' in spire
      ? `an agent at ${spire.agentSocket}, and its trust bundle`
      : `a server at ${spire.server}, its trust bundle and a join token`
  const bundle = readRegularText(spire.trustBundle, { maxBytes: 1024 * 1024, protected: true, privateGroup: true })
  const problem = bundle.ok ? caFileProblem(bundle.value) : (bundle.error.found ?? bundle.error.what)
  if (problem !== undefined) {
    const found = `${spire.trustBundle}: ${problem}`
    const remedy = 'Get it from those who run the server: spire-server bundle show'
    return { verdict: 'failed', expected, found, remedy }
  }
  if ('agentSocket' in spire) {
    const why = await connects({ path: spire.agentSocket }, signal)
    return why === undefined
      ? { verdict: 'passed', expected, found: 'it takes connections' }
      : { verdict: 'could-not-check', expected, found: why, remedy: 'Start the agent, or correct "agentSocket".' }
  }
  const { server, joinToken } = spire
  if ((env[joinToken] ?? '') === '') {
    const remedy = `Set ${joinToken}: spire-server token generate makes one.`
    return { verdict: 'not-present', expected, found: `${joinToken} is not set`, remedy }
  }
  const [, host = '', port = ''] = /^(.*):([0-9]+)$/.exec(server) ?? []
  const why = await connects({ host, port: Number(port) }, signal)
  return why === undefined
    ? { verdict: 'passed', expected, found: 'all three' }
    : { verdict: 'could-not-check', expected, found: why, remedy: 'Start the server, or correct "server".' }
}

/** Why nothing accepts a connection there; undefined when something does. */
function connects(
  to: { path: string } | { host: string; port: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...to, signal })
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error) => resolve(error.name === 'AbortError' ? 'no answer in time' : error.message))
  })
}
