import { proxyEnvironment } from '../../network/proxy.ts'

const names = [
  'XDG_CONFIG_HOME',
  'GOENV',
  'GOPROXY',
  'GOSUMDB',
  'GONOSUMDB',
  'GONOPROXY',
  'GOPRIVATE',
  'GOINSECURE',
  'GOAUTH',
  'GOVCS',
]

/**
 * The variables that say how this machine reaches package servers; package clients need them, and nothing else is
 * passed on.
 */
export function networkEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const kept = proxyEnvironment(env)
  for (const name of names) {
    const value = env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

/** The same for npm, which also takes its registry and credentials from variables of its own. */
export function npmEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const kept = networkEnvironment(env)
  for (const [name, value] of Object.entries(env)) {
    const wanted = /^npm_config_/i.test(name) || /^electron_mirror$/i.test(name) || name === 'NODE_EXTRA_CA_CERTS'
    if (wanted && value !== undefined) kept[name] = value
  }
  return kept
}
