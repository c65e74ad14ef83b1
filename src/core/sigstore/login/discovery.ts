import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { isLoopback } from '../../network/proxy.ts'
import { type AskHow, ask, below } from '../logs/ask.ts'

/** What an OIDC provider says about itself (OpenID Connect Discovery 1.0, section 3). */
export interface Discovery {
  readonly issuer: string
  /** Where its login page is. It may be on another host than the issuer. */
  readonly authorizationEndpoint: URL
  /** Whether a code can be entered in a browser elsewhere (RFC 8628). */
  readonly deviceFlow: boolean
  /** Whether it has the protection that cosign requires of a login (RFC 7636, S256). */
  readonly pkce: boolean
}

/** What is wrong with a discovery document: where it is not of this issuer, `issuer` is what it names instead. */
export interface DiscoveryProblem {
  readonly found: string
  readonly issuer?: string
  readonly remedy?: string
}

const address = z.string().max(2000)
const document = z.looseObject({ issuer: address })
const endpoints = z.object({
  authorization_endpoint: address,
  token_endpoint: address,
  device_authorization_endpoint: address.nullish(),
  code_challenge_methods_supported: z.array(z.string()).nullish(),
})
const longest = 1024 * 1024

/**
 * Reads an issuer's discovery document. It must name exactly this issuer: with another one's, a login would go to
 * another party. The login page must be reached by https, or on this machine, or as the issuer itself is.
 */
export function readDiscovery(text: string, issuer: string): Result<Discovery, DiscoveryProblem> {
  const json = parseJson(text)
  const named = document.safeParse(json).data?.issuer
  if (named === undefined) return err({ found: withoutIssuer })
  if (named !== issuer) return err({ found: named, issuer: named })
  const read = endpoints.safeParse(json)
  if (!read.success) return err({ found: 'a discovery document without the address of a login page or of its tokens' })
  const { authorization_endpoint, token_endpoint, code_challenge_methods_supported } = read.data
  const device = read.data.device_authorization_endpoint ?? ''
  // The code of a login and the client's secret go to the other two.
  const places = { 'a login page': authorization_endpoint, tokens: token_endpoint, 'a device flow': device }
  for (const [what, place] of Object.entries(places)) {
    const problem = place === '' && place === device ? undefined : endpointProblem(place, new URL(issuer))
    if (problem !== undefined) return err({ found: `${what} at ${problem}` })
  }
  const page = new URL(authorization_endpoint)
  return ok({
    issuer,
    authorizationEndpoint: page,
    deviceFlow: device !== '',
    // Microsoft has it and does not say so; cosign makes the same exception (sigstore, pkg/oauthflow/pkce.go).
    pkce: code_challenge_methods_supported?.includes('S256') === true || microsoft.test(page.href),
  })
}

const withoutIssuer = 'a document without an issuer'

const microsoft = /^https:\/\/login\.microsoftonline\.(?:com|us)\//

/** Why nothing is sent to an endpoint, and no person to a login page. */
function endpointProblem(text: string, issuer: URL): string | undefined {
  if (!URL.canParse(text)) return 'no address'
  const page = new URL(text)
  if (page.username !== '' || page.password !== '') return 'an address with a user in it'
  if (page.protocol === 'https:') return undefined
  if (page.protocol !== 'http:') return 'an address that is neither http nor https'
  if (isLoopback(page.hostname) || issuer.protocol === 'http:') return undefined
  return `${page.origin}, without TLS although the issuer has it`
}

/** Fetches and reads an issuer's discovery document. */
export async function askDiscovery(
  issuer: string,
  how: AskHow,
): Promise<Result<Discovery, { readonly why: 'no-answer' | 'unusable' } & DiscoveryProblem>> {
  const answer = await ask(below(issuer, '.well-known/openid-configuration'), longest, how)
  if (!answer.ok) return err({ why: 'no-answer', ...answer.error })
  const { status, body } = answer.value
  if (status !== 200) return err({ why: 'no-answer', found: `HTTP ${status}` })
  const read = readDiscovery(body.toString('utf8'), issuer)
  if (read.ok) return read
  const { found } = read.error
  if (found === withoutIssuer) return err({ why: 'no-answer', found: `HTTP ${status} without an issuer` })
  return err({ why: 'unusable', ...read.error })
}

/** Whether an address that a program wants to open is the login page of one of these issuers. */
export const isLoginPage = (text: string, pages: readonly URL[]): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const plain = url.username === '' && url.password === ''
  return plain && pages.some(({ origin, pathname }) => url.origin === origin && url.pathname === pathname)
}
