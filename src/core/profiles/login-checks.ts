import type { AppError } from '../domain/app-error.ts'
import { askDiscovery, type Discovery } from '../sigstore/login/discovery.ts'
import { probeClient } from '../sigstore/login/probe-client.ts'
import { clientSecretOf, secretMissing } from './client-secret.ts'
import { type Asking, type Finding, failed, how, passed, unasked } from './service-checks.ts'

/**
 * The issuer's discovery document names exactly the issuer of the profile (OpenID Connect Discovery 1.0, section 4.3),
 * has what cosign needs, and the provider goes on to a login for the client of the profile.
 */
export async function checkLogin(asking: Asking, env: Readonly<NodeJS.ProcessEnv>): Promise<Finding> {
  const { issuer, login } = asking.profile
  const expected = `the issuer ${issuer}`
  const read = await askDiscovery(issuer, how(asking))
  if (!read.ok) {
    const { why, found, issuer: said, remedy } = read.error
    if (said !== undefined) return failed(expected, said, otherIssuer(said, issuer))
    if (why === 'no-answer') return unasked(expected, remedy === undefined ? found : { found, remedy })
    return failed(expected, found, 'Have those who run the OIDC provider correct its discovery document.')
  }
  const lacking = lacks(read.value, login.flow)
  if (lacking !== undefined) return failed(expected, lacking.found, lacking.remedy)
  const secret = clientSecretOf(asking.profile, env)
  if (!secret.ok) return noSecret(secret.error)
  // The device flow has no page that shows anything before it has begun.
  if (login.flow === 'device') return passed(expected, issuer)
  const probe = await probeClient(read.value.authorizationEndpoint, { ...login, clientSecret: undefined }, how(asking))
  switch (probe.kind) {
    case 'accepted':
      return passed(expected, issuer)
    case 'refused':
      return failed(`${expected}, with a login for the client ${login.clientId}`, probe.found, clientRemedy(asking))
    case 'unknown':
      return unasked(`${expected}, and its login page`, probe)
  }
}

const otherIssuer = (said: string, issuer: string): string =>
  said.replace(/\/$/, '') === issuer.replace(/\/$/, '')
    ? `Write it as ${said}: issuers are compared letter by letter, and a slash at the end is one.`
    : 'Name the issuer that the login calls itself.'

function lacks(
  { pkce, deviceFlow }: Discovery,
  flow: 'browser' | 'device',
): { readonly found: string; readonly remedy: string } | undefined {
  if (!pkce)
    return {
      found: 'it does not list S256 under code_challenge_methods_supported, and cosign requires that',
      remedy: 'Have those who run the provider enable PKCE (S256) and list it.',
    }
  if (flow === 'device' && !deviceFlow)
    return {
      found: 'it has no device_authorization_endpoint, so no login by a code',
      remedy: 'Remove "flow": "device" below "login", or have the device flow enabled at the provider.',
    }
  return undefined
}

const clientRemedy = ({ profile: { login } }: Asking): string =>
  `Have those who run the provider register the client ${login.clientId} with the redirect URL ${
    login.redirectUrl ?? 'http://localhost/auth/callback at any port'
  }; or write the ones that it knows as "clientId" and "redirectUrl" below "login".`

const noSecret = ({ code, expected = '', found = '', remedy }: AppError): Finding => ({
  verdict: code === secretMissing ? 'not-present' : 'failed',
  expected,
  found,
  remedy,
})
