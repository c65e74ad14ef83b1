import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A company's OIDC provider: who may log in, and what it says about itself. */
export interface ProviderOptions {
  readonly clientId?: string
  readonly clientSecret?: string
  /** The only accepted one; any at localhost when left out. */
  readonly redirectUrl?: string
  /** What its discovery document has instead, or besides. */
  readonly discovery?: object
}

/** A running one. */
export interface CompanyProvider {
  readonly issuer: string
  /** On another origin than the issuer. */
  readonly loginPage: string
  /** Each request, as `METHOD /path`, and the parameters of the last one by path. */
  readonly asked: readonly string[]
  readonly parameters: ReadonlyMap<string, URLSearchParams>
  /** Allows the pending login by a code. */
  readonly allowDevice: () => void
  readonly close: () => Promise<void>
}

const email = 'ada@acme.example'

/** Starts one on this machine; everybody who reaches its login page is logged in as ada@acme.example. */
export async function startProvider(options: ProviderOptions = {}): Promise<CompanyProvider> {
  const { clientId = 'sigstore', clientSecret, redirectUrl } = options
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const asked: string[] = []
  const parameters = new Map<string, URLSearchParams>()
  const nonces = new Map<string, string>()
  let allowed = false
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', issuer)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const given = new URLSearchParams(request.method === 'POST' ? body : url.search)
    asked.push(`${request.method} ${url.pathname}`)
    parameters.set(url.pathname, given)
    const json = (value: object, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(document())
      case '/keys':
        return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] })
      case '/pages/login':
        return login(given, response)
      case '/device':
        return json({
          device_code: 'd',
          user_code: 'ABCD-EFGH',
          verification_uri: `${issuer}/code`,
          expires_in: 60,
          interval: 1,
        })
      case '/token':
        return token(request, given, json)
      default:
        return json({ error: 'not here' }, 404)
    }
  }
  const document = () => ({
    issuer,
    authorization_endpoint: loginPage,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    ...options.discovery,
  })
  const login = (given: URLSearchParams, response: ServerResponse): void => {
    const back = given.get('redirect_uri') ?? ''
    if (given.get('client_id') !== clientId) return void response.writeHead(400).end('unknown client')
    if (redirectUrl === undefined ? !back.startsWith('http://localhost:') : back !== redirectUrl)
      return void response.writeHead(400).end('unknown redirect')
    const code = randomBytes(8).toString('hex')
    nonces.set(code, given.get('nonce') ?? '')
    const location = new URL(back)
    location.searchParams.set('code', code)
    location.searchParams.set('state', given.get('state') ?? '')
    response.writeHead(302, { location: location.href }).end()
  }
  const token = (
    request: IncomingMessage,
    given: URLSearchParams,
    json: (value: object, status?: number) => void,
  ): void => {
    const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
    const [id, secret] = basic === '' ? [given.get('client_id'), given.get('client_secret')] : basic.split(':')
    if (id !== clientId || (clientSecret !== undefined && secret !== clientSecret))
      return json({ error: 'invalid_client' }, 401)
    if (given.get('device_code') !== null && !allowed) return json({ error: 'authorization_pending' }, 400)
    const nonce = nonces.get(given.get('code') ?? '')
    json({ access_token: 'a', token_type: 'Bearer', id_token: idToken(nonce) })
  }
  const idToken = (nonce: string | undefined): string => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      aud: clientId,
      sub: 'ada',
      email,
      email_verified: true,
      iat: now,
      exp: now + 300,
      nonce,
    }
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const head = `${part({ alg: 'RS256', kid: 'k' })}.${part(claims)}`
    return `${head}.${sign('sha256', Buffer.from(head), privateKey).toString('base64url')}`
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response)
  const [own, pages] = [createServer(listener), createServer(listener)]
  for (const server of [own, pages]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = (server: typeof own): number => (server.address() as AddressInfo).port
  const issuer = `http://localhost:${port(own)}`
  const loginPage = `http://127.0.0.1:${port(pages)}/pages/login`
  return {
    issuer,
    loginPage,
    asked,
    parameters,
    allowDevice: () => (allowed = true),
    close: async () => {
      for (const server of [own, pages]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

/** What PKCE derives from a verifier (RFC 7636). */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')
