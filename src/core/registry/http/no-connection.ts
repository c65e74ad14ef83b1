import { z } from 'zod'
import { type AppError, appError } from '../../domain/app-error.ts'
import { whyNoAnswer } from '../../domain/no-answer.ts'
import { visible } from '../../domain/visible-text.ts'

/** The server of a connection. */
interface Wanted {
  readonly what: string
  readonly host: string
  /** A CA file that is trusted in addition to the well-known CAs. */
  readonly caFile: string | undefined
}

// OpenSSL's verification results (X509_V_ERR_…) as Node names them, for a chain without a trusted root.
const unknownCa =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|INVALID_CA)$/

/**
 * Why `fetch` got no response from a registry or its token service, and what to do: `registry.tls` if it was the
 * certificate or a missing one, else `registry.unreachable`.
 */
export function noConnection({ what, host, caFile }: Wanted, error: unknown): AppError {
  const code = causeOf(error)?.code ?? ''
  const found = whyNoAnswer(error)
  const expected = `an answer from ${host}, with a certificate for that name, good today, from a known CA`
  const tls = (found: string, remedy: string) => appError('registry.tls', what, remedy, { expected, found })
  if (unknownCa.test(code)) {
    return caFile === undefined
      ? tls(
          'a certificate of a CA that is not known here',
          `Get the CA’s certificate (PEM) from those who run ${host}, and name its file under "caFile".`,
        )
      : tls(
          `a certificate of another CA than that in ${caFile}`,
          `Get the CA’s certificate (PEM) from those who run ${host}, and write it into ${caFile}.`,
        )
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'that has expired' : 'that is not valid yet'
    return tls(`a certificate ${when}`, `Look at this machine’s clock; then have those who run ${host} renew it.`)
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return tls(
      `a certificate for another name${namesIn(error)}`,
      `Name the registry as its certificate does, or have those who run it make one for ${host}.`,
    )
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /wrong version number|packet length too long/i.test(found)) {
    return tls('plain http, and no TLS', `Set "plainHttp": true for ${host}, if it is meant to have no TLS.`)
  }
  const remedy = 'Start the registry or fix the connection, then try again.'
  return appError('registry.unreachable', what, remedy, { expected: `an answer from ${host}`, found })
}

/** Responses of TLS servers to plain http; such a response does not count. */
export const asksForTls = (status: number, body: Buffer): boolean =>
  status === 400 &&
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i.test(body.toString('latin1', 0, 2_000))

/** The error for it. */
export const notPlain = (what: string, host: string): AppError =>
  appError('registry.tls', what, `Take "plainHttp": true away: ${host} has TLS.`, {
    expected: `plain http from ${host}`,
    found: 'TLS',
  })

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
