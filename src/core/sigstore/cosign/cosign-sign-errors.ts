import type { AppError, ErrorCode } from '../../domain/app-error.ts'
import { type CommandOutcome, commandError } from '../../process/command.ts'
import type { Redactor } from '../../process/redactor.ts'
import { tokenServiceRefused, tokenServiceRemedy } from './cosign-messages.ts'

interface Row {
  readonly code: ErrorCode
  /** What cosign 3.1 prints in this case. */
  readonly pattern: RegExp
  readonly what: string
  readonly remedy: string
}

const restart = 'Start the story again: it restarts the services.'

/** The meaning of cosign's messages, most specific first. Each row was seen from the real program. */
const rows: readonly Row[] = [
  {
    code: 'login.timed-out',
    pattern: /error getting code from local server: timeout/,
    what: 'No login within the two minutes that cosign waits.',
    remedy: 'Sign again and answer the login page.',
  },
  {
    code: 'login.not-completed',
    pattern: /missing required parameter 'code'|oauth2: "invalid_(?!client)/,
    what: 'The login came back without a code.',
    remedy: 'Sign again and choose a person on the login page.',
  },
  {
    code: 'login.timed-out',
    pattern: /error obtaining token: expired_token/,
    what: 'No login while the code was valid; nothing was signed.',
    remedy: 'Sign again and enter the code in a browser.',
  },
  {
    code: 'login.denied',
    pattern: /error obtaining token: access_denied/,
    what: 'The login was denied; nothing was signed.',
    remedy: 'Sign again and allow the login.',
  },
  {
    code: 'login.no-device-flow',
    pattern:
      /device authorization endpoint not returned by provider|unexpected error in device flow: (?:unauthorized_client|unsupported_grant_type)/,
    what: 'The OIDC provider offers this client no login by a code.',
    remedy: 'Sign without the device flow, or have it allowed for this client at the provider.',
  },
  {
    code: 'login.client-refused',
    pattern: /oauth2: "(?:invalid_client|unauthorized_client)"|error in device flow: (?:invalid_client)/,
    what: 'The OIDC provider does not accept this client.',
    remedy: 'Check "clientId" and "clientSecret" below "login" in the profile with those who run the provider.',
  },
  {
    code: 'login.no-pkce',
    pattern: /PKCE is not supported by OIDC provider/,
    what: 'The OIDC provider does not say that it supports PKCE (S256), which cosign requires.',
    remedy: 'Have those who run the provider enable it and list it under code_challenge_methods_supported.',
  },
  {
    code: 'login.callback-taken',
    pattern: /starting redirect listener: [^\n]*/,
    what: 'cosign cannot wait for the login where "redirectUrl" of the profile leads.',
    remedy: 'End the program that has that port, or give the client another redirect URL, here and at the provider.',
  },
  {
    code: 'cosign.issuer-mismatch',
    pattern: /issuer (?:URL provided to client \([^)\n]*\) )?did not match the issuer (?:URL )?returned by provider/,
    what: 'The issuer calls itself something else than the signing config does.',
    remedy: 'Make the issuer in the signing config equal to the one in its discovery document.',
  },
  {
    code: 'cosign.services-tls',
    pattern:
      /^(?![^\n]*accessing (?:image|entity))[^\n]*(?:Get|Post) "https:\/\/[^"/]+\/(?!v2\/)[^"]*"[^\n]*x509: certificate signed by unknown authority/m,
    what: 'cosign does not know the CA of a service’s certificate.',
    remedy:
      'Name that CA’s file (PEM) as "sigstore.caFile" in the profile, or add it to this machine’s certificate store.',
  },
  {
    code: 'cosign.issuer-down',
    pattern: /Get "[^"]*\/\.well-known\/openid-configuration"/,
    what: 'cosign does not reach the issuer.',
    remedy: restart,
  },
  {
    code: 'cosign.ct-log-down',
    pattern: /signingCert": context deadline exceeded/,
    what: 'Fulcio gave no certificate in time: it waits for the CT log.',
    remedy: restart,
  },
  {
    code: 'cosign.fulcio-down',
    pattern: /Post "[^"]*\/api\/v2\/signingCert"/,
    what: 'cosign does not reach Fulcio.',
    remedy: restart,
  },
  {
    code: 'cosign.fulcio-refused',
    pattern: /Fulcio returned 4\d\d/,
    what: 'Fulcio does not accept the ID token.',
    remedy: "Read Fulcio's log: it says what is wrong with the token, its issuer or its e-mail address.",
  },
  {
    code: 'cosign.fulcio-failed',
    pattern: /http: read on closed response body|Fulcio returned 5\d\d/,
    what: 'Fulcio failed while it issued the certificate.',
    remedy: "Read Fulcio's log for the cause; most often the CT log did not accept the precertificate.",
  },
  {
    code: 'cosign.rekor-down',
    pattern: /adding rekor v2 entry: getting response/,
    what: 'cosign does not reach Rekor.',
    remedy: restart,
  },
  {
    code: 'cosign.rekor-refused',
    pattern: /unexpected response: \d{3}/,
    what: 'Rekor does not take the entry.',
    remedy: "Read Rekor's log for the cause.",
  },
  {
    code: 'cosign.timestamp-down',
    pattern: /Post "[^"]*\/api\/v1\/timestamp"/,
    what: 'cosign does not reach the timestamp authority.',
    remedy: restart,
  },
  {
    code: 'cosign.trusted-root-mismatch',
    pattern: /failed to verify leaf certificate/,
    what: 'The new certificate does not lead to a root in the trusted root file.',
    remedy: 'Give cosign the trusted root that belongs to this Fulcio.',
  },
  {
    code: 'cosign.email-unverified',
    pattern: /not verified by identity provider/,
    what: 'The issuer has not verified the e-mail address of who logged in.',
    remedy: 'Verify the address at the issuer, or log in with another account.',
  },
  {
    code: 'cosign.image-missing',
    pattern: /HEAD \S+\/manifests\/\S+ unexpected status code 404|MANIFEST_UNKNOWN|NAME_UNKNOWN/,
    what: 'The registry does not have the image that is to be signed.',
    remedy: 'Push the image first, and sign the digest that the registry answers.',
  },
  {
    code: 'cosign.registry-tls',
    pattern: /(?:accessing (?:image|entity)|\/v2\/)[^\n]*x509: certificate signed by unknown authority/,
    what: 'cosign does not know the CA of the registry’s certificate.',
    remedy: 'Name that CA’s file (PEM) as "caFile" in the profile; if one is named, check that it is the right one.',
  },
  {
    code: 'cosign.registry-tls',
    pattern: /(?:accessing (?:image|entity)|\/v2\/)[^\n]*x509: /,
    what: 'cosign does not accept the certificate of the registry.',
    remedy:
      'Look at this machine’s clock and at the registry’s name; then have the registry’s operator issue a certificate for that name.',
  },
  {
    code: 'cosign.registry-token-service',
    pattern: tokenServiceRefused,
    what: 'cosign does not use the token service that the registry names.',
    remedy: tokenServiceRemedy,
  },
  {
    code: 'cosign.registry-limit',
    pattern: /TOOMANYREQUESTS|429 Too Many Requests/,
    what: 'The registry limits how often it is queried.',
    remedy: 'Wait, then sign again; or log in (`docker login`): who does is allowed more.',
  },
  {
    code: 'cosign.registry-denied',
    pattern: /failed to upload [^\n]*(?:UNAUTHORIZED|DENIED|40[13] )|DENIED|403 Forbidden/,
    what: 'The registry does not let a signature be written beside the image.',
    remedy: 'Log in with an account that may push there (`docker login`), and name those credentials in the profile.',
  },
  {
    code: 'cosign.registry-login',
    pattern: /UNAUTHORIZED|401 Unauthorized/,
    what: 'The registry asks for a login, or does not accept the one that it was given.',
    remedy: 'Log in (`docker login`), and name those credentials in the profile.',
  },
  {
    code: 'cosign.registry-down',
    pattern:
      /Get "https?:\/\/[^"]*\/v2\/|accessing (?:image|entity)|(?:POST|PUT|Put|Post|Patch|PATCH) "?https?:\/\/[^" ]*\/v2\//,
    what: 'cosign does not reach the registry, or the registry has trouble of its own.',
    remedy: restart,
  },
]

/** The error for a `cosign sign` that ended with anything but exit code 0, from its output. */
export function signError(outcome: CommandOutcome, logFile: string, redactor?: Redactor): AppError {
  const { stdout, stderr } = outcome.unmasked()
  const text = `${stderr}\n${stdout}`
  const row = rows.find(({ pattern }) => pattern.test(text))
  const line = text
    .split('\n')
    .find((each) => row?.pattern.test(each) ?? each.startsWith('Error:'))
    ?.trim()
  const found = line === undefined ? undefined : (redactor?.clean(line) ?? line).slice(0, 600)
  return commandError(
    outcome,
    row?.code ?? 'cosign.unexpected',
    row?.what ??
      (outcome.kind === 'crashed'
        ? 'cosign was killed before it had signed.'
        : 'cosign ended in a way that this program does not know.'),
    row?.remedy ?? `Read what cosign says in ${logFile}.`,
    { logFile, expected: 'a signature', ...(found ? { found } : {}) },
  )
}
