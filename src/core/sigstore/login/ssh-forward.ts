/** What is known of a person's way to this machine. */
export interface SshFacts {
  /** `SSH_CONNECTION`: client address and port, server address and port; undefined without SSH. */
  readonly connection: string | undefined
  readonly user: string
  /** This machine's name, where the connection does not say its address. */
  readonly hostname: string
}

/**
 * The command that lets a browser on the person's own machine reach the callback of a login on this one; undefined when
 * the login address names no callback here.
 */
export function sshForward(loginUrl: string, { connection, user, hostname }: SshFacts): string | undefined {
  const port = callbackPort(loginUrl)
  if (port === undefined) return undefined
  const [, , address, sshPort] = /^\S+ \d+ (\S+) (\d+)$/.test(connection ?? '') ? (connection ?? '').split(' ') : []
  const to = `${user}@${address ?? hostname}`
  return [
    'ssh',
    '-L',
    `${port}:localhost:${port}`,
    ...(sshPort === undefined || sshPort === '22' ? [] : ['-p', sshPort]),
    to,
  ].join(' ')
}

function callbackPort(loginUrl: string): string | undefined {
  const callback = URL.canParse(loginUrl) ? new URL(loginUrl).searchParams.get('redirect_uri') : null
  const url = callback !== null && URL.canParse(callback) ? new URL(callback) : undefined
  return url?.protocol === 'http:' && url.port !== '' ? url.port : undefined
}
