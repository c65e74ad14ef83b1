import { appError } from './app-error.ts'
import { err, ok, type Result } from './result.ts'

/** Who signed: the certificate's subject and the OIDC issuer that vouched for it. Only the pair is an identity. */
export interface SignerIdentity {
  readonly subject: string
  readonly issuer: string
}

// C0, DEL, C1, and the line and paragraph separators: none of them belongs in a name that ends up in a selector.
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/** Whether the text holds a control character, a line separator or nothing at all. */
export const isUnsafeText = (text: string): boolean => text.length === 0 || control.test(text)

/** Checks a pair before it is written into a selector: no control characters, no `|` in the issuer. */
export function parseSignerIdentity(subject: string, issuer: string): Result<SignerIdentity> {
  const bad = isUnsafeText(subject) ? 'subject' : isUnsafeText(issuer) || issuer.includes('|') ? 'issuer' : undefined
  if (bad === undefined) return ok({ subject, issuer })
  return err(
    appError(
      'sigstore.unsafe-identity',
      `The certificate's ${bad} cannot be written as a selector.`,
      'Sign with an identity without control characters, and an issuer without "|".',
      {
        expected: `a ${bad} without control characters${bad === 'issuer' ? ' and without "|"' : ''}`,
        found: JSON.stringify(bad === 'subject' ? subject : issuer),
      },
    ),
  )
}

/** The paired selector value, `signer:<issuer>|<subject>`: the issuer has no `|`, so the first one divides. */
export const signerSelector = (signer: SignerIdentity): string => `signer:${signer.issuer}|${signer.subject}`

/** Whether both halves are the same, byte for byte. */
export const sameSigner = (a: SignerIdentity, b: SignerIdentity): boolean =>
  a.subject === b.subject && a.issuer === b.issuer
