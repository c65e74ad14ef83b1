import { z } from 'zod'
import { whyNoAnswer } from '../domain/no-answer.ts'
import { visible } from '../domain/visible-text.ts'

/** What is wrong with a server's certificate, or that it has none. */
export type TlsTrouble = 'unknown-ca' | 'expired' | 'not-yet-valid' | 'other-name' | 'no-tls'

// OpenSSL's verification results (X509_V_ERR_…) as Node names them, for a chain without a trusted root.
const unknownCa =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|INVALID_CA)$/

/** Which it is of what `fetch` throws; undefined when TLS was not the reason. */
export function tlsTrouble(error: unknown): TlsTrouble | undefined {
  const code = causeOf(error)?.code ?? ''
  if (unknownCa.test(code)) return 'unknown-ca'
  if (code === 'CERT_HAS_EXPIRED') return 'expired'
  if (code === 'CERT_NOT_YET_VALID') return 'not-yet-valid'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'other-name'
  const plain =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /wrong version number|packet length too long/i.test(whyNoAnswer(error))
  return plain ? 'no-tls' : undefined
}

/** Whether a proxy was the reason. */
export const isProxyTrouble = (error: unknown): boolean => causeOf(error)?.code === 'ERR_PROXY'

/** The trouble in words, such as "a certificate of a CA that is not known here". */
export function troubleWords(trouble: TlsTrouble, error: unknown): string {
  switch (trouble) {
    case 'unknown-ca':
      return 'a certificate of a CA that is not known here'
    case 'expired':
      return 'a certificate that has expired'
    case 'not-yet-valid':
      return 'a certificate that is not valid yet'
    case 'other-name':
      return `a certificate for another name${namesIn(error)}`
    case 'no-tls':
      return 'plain http, and no TLS'
  }
}

const tlsError = z.looseObject({
  code: z.string(),
  // Node's message for a certificate with another name.
  cert: z.looseObject({ subjectaltname: z.string() }).optional().catch(undefined),
})

/** The cause below what `fetch` throws; below a list when two addresses were tried. */
function causeOf(error: unknown): z.output<typeof tlsError> | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return tlsError.safeParse(cause instanceof AggregateError ? cause.errors[0] : cause).data
}

function namesIn(error: unknown): string {
  const names = causeOf(error)?.cert?.subjectaltname
  return names === undefined ? '' : `: ${visible(names.slice(0, 300))}`
}
