import { createHash, randomBytes } from 'node:crypto'
import { isObject, parseJson } from '../../domain/json.ts'
import { visible } from '../../domain/visible-text.ts'
import { networkFetch } from '../../network/fetch.ts'
import { type NoConnection, noConnection, throughProxy } from '../../network/no-connection.ts'
import { readBounded } from '../../registry/http/read-bounded.ts'
import type { AskHow } from '../logs/ask.ts'
import type { LoginOptions } from './login-options.ts'

/** What a provider reveals about a client before anybody logs in. */
export type ClientProbe =
  /** It goes on to a login, as far as can be seen. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly found: string }
  | ({ readonly kind: 'unknown' } & NoConnection)

const longest = 1024 * 1024
/** Where cosign waits if no redirect URL is given: any free port. */
const anyCallback = 'http://localhost:49152/auth/callback'

/** RFC 6749, section 4.1.2.1, and OpenID Connect Core, section 3.1.2.6: what a person's login would solve. */
const solvedByLogin = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']
const passing = ['server_error', 'temporarily_unavailable']

/**
 * Requests a provider's login page as a browser would for cosign, and goes no further. To an unknown client or redirect
 * URL a provider must answer with an error instead of going on (RFC 6749, section 4.1.2.1). Whether a secret is right is
 * revealed by a login only.
 */
export async function probeClient(page: URL, login: LoginOptions, { signal, caFile }: AskHow): Promise<ClientProbe> {
  const redirect = login.redirectUrl ?? anyCallback
  const url = new URL(page)
  const parameters = {
    response_type: 'code',
    client_id: login.clientId,
    redirect_uri: redirect,
    scope: 'openid email',
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    code_challenge: createHash('sha256').update(randomBytes(48)).digest('base64url'),
    code_challenge_method: 'S256',
    ...(login.connector === undefined ? {} : { connector_id: login.connector }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const fetching = await networkFetch(caFile)
  if (!fetching.ok) return { kind: 'unknown', found: fetching.error.found ?? fetching.error.what }
  const via = throughProxy(url, process.env)
  try {
    const response = await fetching.value(url, { redirect: 'manual', credentials: 'omit', signal })
    const body = await readBounded(response, longest)
    return judge(response, errorIn(response, redirect, body?.toString('utf8') ?? ''), via)
  } catch (error) {
    return { kind: 'unknown', ...noConnection(error, url, { key: 'sigstore.caFile', file: caFile }) }
  }
}

interface Said {
  readonly code: string
  readonly text: string
}

function judge({ status }: Response, said: Said | undefined, via: string): ClientProbe {
  // A proxy has such answers of its own.
  const elsewhere = [405, 407, 408, 429].includes(status) || (status === 403 && via !== '')
  if (passing.includes(said?.code ?? '') || status >= 500 || elsewhere)
    return { kind: 'unknown', found: `${said?.text ?? `HTTP ${status}`}${via}` }
  if (said !== undefined && !solvedByLogin.includes(said.code)) return { kind: 'refused', found: said.text }
  return status >= 400 ? { kind: 'refused', found: `HTTP ${status}${via}` } : { kind: 'accepted' }
}

/** The error that a provider reports, back at the callback or in its answer. */
function errorIn({ status, headers }: Response, redirect: string, body: string): Said | undefined {
  const location = headers.get('location') ?? ''
  const back = location.startsWith(redirect) && URL.canParse(location) ? new URL(location).searchParams : undefined
  const json: unknown = status >= 400 ? parseJson(body) : undefined
  const record = isObject(json) ? json : {}
  const said = (name: string): string => {
    const value: unknown = back?.get(name) ?? record[name]
    return typeof value === 'string' ? visible(value.slice(0, 300)) : ''
  }
  const code = said('error')
  if (code === '') return undefined
  return { code, text: [code, said('error_description')].filter((each) => each !== '').join(': ') }
}
