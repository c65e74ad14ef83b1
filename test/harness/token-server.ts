import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ServerCertificate } from './tls-authority.ts'

/** A user, and their rights. */
export interface RegistryUser {
  readonly username: string
  readonly password: string
  /** What a registry issues instead of the password, to be exchanged for tokens. */
  readonly refreshToken: string
  readonly actions: readonly ('pull' | 'push')[]
}

/** Where a registry sends clients for tokens, as its configuration `auth.token` expects it. */
export interface TokenServer {
  readonly auth: { readonly realm: string; readonly service: string; readonly issuer: string }
  /** The requests, as `who: scope`. */
  readonly asked: readonly string[]
  readonly port: number
  readonly stop: () => Promise<void>
}

const service = 'Acme registry'
const issuer = 'Acme tokens'

/**
 * A token service as the distribution project describes it ("Token Authentication Specification", "OAuth2 Token
 * Authentication"): identifies users by Basic login or refresh token, and signs their rights. It responds over TLS
 * under the address that its certificate is for, and signs with the same key.
 */
export async function startTokenServer(
  address: string,
  tls: ServerCertificate,
  users: readonly RegistryUser[],
  like: {
    /** Where clients are sent, if that is not where it listens. */
    readonly realm?: string
    /** Whether an anonymous client gets a token too, without any rights. */
    readonly anonymous?: boolean
  } = {},
): Promise<TokenServer> {
  const asked: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(request.method === 'POST' ? await text(request) : '')
    const query = new URL(request.url ?? '', 'https://server').searchParams
    const basic = Buffer.from(/^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '', 'base64').toString()
    const nobody: RegistryUser = { username: 'nobody', password: '', refreshToken: '', actions: [] }
    const known = users.find(
      ({ username, password, refreshToken }) =>
        basic === `${username}:${password}` || form.get('refresh_token') === refreshToken,
    )
    const user = known ?? (like.anonymous === true && basic === '' ? nobody : undefined)
    const scopes = [...query.getAll('scope'), ...form.getAll('scope')].flatMap((scope) => scope.split(' '))
    asked.push(`${user?.username ?? 'nobody'}: ${scopes.join(' ')}`)
    response.setHeader('content-type', 'application/json')
    if (user === undefined) {
      response.writeHead(401).end('{"details":"incorrect username or password"}')
      return
    }
    const token = signedToken(tls, user, scopes)
    response.end(JSON.stringify({ token, access_token: token, expires_in: 60, issued_at: new Date().toISOString() }))
  }
  const { certificate: cert, key } = tls
  const server = createServer({ cert, key }, (request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const { port } = server.address() as AddressInfo
  return {
    auth: { realm: like.realm ?? `https://${address}:${port}/token`, service, issuer },
    asked,
    port,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A token for the requested and allowed rights; the certificate of its key is in it (`x5c`). */
function signedToken(tls: ServerCertificate, user: RegistryUser, scopes: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000)
  const access = scopes.flatMap((scope) => {
    const [, type, name, actions] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? []
    const wanted = (actions ?? '').split(',')
    return type === 'repository'
      ? [{ type, name, actions: user.actions.filter((action) => wanted.includes(action)) }]
      : []
  })
  const certificates = tls.certificate.match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? []
  const head = {
    typ: 'JWT',
    alg: 'ES256',
    x5c: certificates.map((pem) => new X509Certificate(pem).raw.toString('base64')),
  }
  const claims = {
    iss: issuer,
    sub: user.username,
    aud: service,
    exp: now + 60,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
  }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${part(head)}.${part({ ...claims, access })}`
  const key = { key: createPrivateKey(tls.key), dsaEncoding: 'ieee-p1363' } as const
  return `${body}.${sign('sha256', Buffer.from(body), key).toString('base64url')}`
}
