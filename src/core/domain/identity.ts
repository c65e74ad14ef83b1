import type * as z from 'zod'
import { appError } from './app-error.ts'
import { err, ok, type Result } from './result.ts'
import { record, text } from './shapes.ts'
import { hiddenIn } from './visible-text.ts'

/** The two halves of an identity. */
export const signerFields = { subject: text, issuer: text }
/** Who signed: the certificate's subject, and the OIDC issuer that confirmed it. Only the pair is an identity. */
export const signerSchema = record(signerFields)
export type SignerIdentity = z.output<typeof signerSchema>

/**
 * Checks a pair before it is written into a selector: every character is visible, so that no two different signers look
 * alike by a hidden one, and the issuer has no `|`.
 */
export function parseSignerIdentity(subject: string, issuer: string): Result<SignerIdentity> {
  const hidden = hiddenIn(subject)
  if (hidden !== undefined) return err(unsafe('subject', hidden))
  const hiddenInIssuer = hiddenIn(issuer) ?? (issuer.includes('|') ? '"|"' : undefined)
  return hiddenInIssuer === undefined ? ok({ subject, issuer }) : err(unsafe('issuer', hiddenInIssuer))
}

const unsafe = (half: 'subject' | 'issuer', found: string) =>
  appError(
    'sigstore.unsafe-identity',
    `The certificate's ${half} cannot be written as a selector.`,
    'Sign with an identity of visible characters, and an issuer without "|".',
    { expected: `a ${half} of visible characters${half === 'issuer' ? ', without "|"' : ''}`, found },
  )

/** The paired selector value, `signer:<issuer>|<subject>`: the issuer has no `|`, so the first one separates. */
export const signerSelector = (signer: SignerIdentity): string => `signer:${signer.issuer}|${signer.subject}`

/** Whether both parts are equal, byte for byte. */
export const sameSigner = (a: SignerIdentity, b: SignerIdentity): boolean =>
  a.subject === b.subject && a.issuer === b.issuer
