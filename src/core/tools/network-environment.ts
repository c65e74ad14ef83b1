const names = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'ALL_PROXY',
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

/** What says how this machine reaches package servers; package clients need it, and nothing else is handed on. */
export function networkEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}
