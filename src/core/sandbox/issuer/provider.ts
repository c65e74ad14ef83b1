import { type Configuration, interactionPolicy, Provider } from 'oidc-provider'
import { type IssuerKeys, issuerUrl } from '../issuer-state.ts'
import { findPersona } from '../personas.ts'
import { errorPage, pageHeaders } from './pages.ts'

/** The scope that cosign requests, and the claims that Fulcio needs in an ID token: `email` and `email_verified`. */
export const scope = 'openid email'

/**
 * An OpenID Connect issuer for one public client, cosign. Every login prompts for the person; nothing is remembered.
 * Codes and sessions live in memory only, keys come from the state folder.
 */
export function makeProvider(keys: IssuerKeys): Provider {
  const policy = interactionPolicy.base()
  policy
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check('ask_always', 'every signature asks who signs', (ctx) =>
        ctx.oidc.result?.login === undefined
          ? interactionPolicy.Check.REQUEST_PROMPT
          : interactionPolicy.Check.NO_NEED_TO_PROMPT,
      ),
    )
  const configuration: Configuration = {
    clients: [
      {
        client_id: 'sigstore',
        token_endpoint_auth_method: 'none',
        // RFC 8252, 7.3: for a native client any port of the loopback redirect is accepted; cosign takes a random one.
        application_type: 'native',
        redirect_uris: ['http://localhost/auth/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    // Otherwise the ID token has no e-mail address, and Fulcio refuses it.
    conformIdTokenClaims: false,
    scopes: ['openid', 'email'],
    findAccount: (_ctx, id) => {
      const persona = findPersona(id)
      return persona && { accountId: id, claims: () => ({ sub: id, email: persona.email, email_verified: true }) }
    },
    jwks: keys.jwks,
    cookies: {
      keys: keys.cookieKeys,
      // Cookies do not distinguish ports, and both issuers are on localhost.
      names: { session: `s${keys.port}`, interaction: `i${keys.port}`, resume: `r${keys.port}` },
    },
    interactions: { policy, url: (_ctx, interaction) => `/login/${interaction.uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    ttl: { IdToken: 300, AccessToken: 300, AuthorizationCode: 60, Interaction: 600, Session: 600, Grant: 600 },
    renderError: (ctx, out) => {
      ctx.set({ ...pageHeaders })
      ctx.body = errorPage('This login cannot go on', `${out.error}: ${out.error_description ?? 'no further reason'}`)
    },
  }
  return new Provider(issuerUrl(keys.port), configuration)
}
