import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buildClaims, buildIssuer } from '../../workflow/build-system.ts'
import { type IssuerKeys, issuerUrl } from '../issuer-state.ts'

/** As long as those of the public CI services. */
const validSeconds = 300

/**
 * The issuer of the build system, below the path `/ci` of the first one: what Fulcio reads to check a token, and the
 * address where a build gets one. A build does not log in: its platform knows what it runs, and states it. As on the
 * login page anyone on this machine can be it; a web page cannot, since a browser names the page's origin.
 */
export function buildRoute(keys: IssuerKeys): (request: IncomingMessage, response: ServerResponse) => boolean {
  const issuer = buildIssuer(issuerUrl(keys.port))
  const base = new URL(issuer).pathname
  const [jwk] = keys.jwks.keys
  if (jwk === undefined) throw new Error('unreachable: there is one key')
  const { kty, kid, use, alg, n, e } = jwk
  const documents: Readonly<Record<string, unknown>> = {
    [`${base}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
    },
    [`${base}/jwks`]: { keys: [{ kty, kid, use, alg, n, e }] },
  }
  const send = (response: ServerResponse, status: number, body: unknown): void => {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    response.writeHead(status, headers).end(JSON.stringify(body))
  }
  return (request, response) => {
    const path = request.url ?? ''
    if (path !== base && !path.startsWith(`${base}/`)) return false
    if (path === `${base}/token`) {
      if (request.method !== 'POST') send(response, 405, { error: 'use POST' })
      else if (request.headers.origin !== undefined) send(response, 403, { error: 'a web page is no build' })
      else send(response, 200, { value: buildToken(issuer, jwk) })
    } else if (documents[path] === undefined) send(response, 404, { error: 'no such address' })
    else if (request.method !== 'GET') send(response, 405, { error: 'use GET' })
    else send(response, 200, documents[path])
    return true
  }
}

/** An ID token (RFC 7519, RS256) about one run of the build. */
function buildToken(issuer: string, jwk: IssuerKeys['jwks']['keys'][number]): string {
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, nbf: now, exp: now + validSeconds }
  const claims = { iss: issuer, aud: 'sigstore', jti: randomUUID(), ...times, ...buildClaims, run_id: String(now) }
  const encoded = [{ alg: 'RS256', typ: 'JWT', kid: jwk.kid }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const text = encoded.join('.')
  const signature = sign('sha256', Buffer.from(text), createPrivateKey({ key: jwk, format: 'jwk' }))
  return `${text}.${signature.toString('base64url')}`
}
