import { type Service, SigningConfig } from '@sigstore/protobuf-specs'
import { err, ok, type Result } from '../domain/result.ts'

/** The addresses of a signing config's services, and its OIDC issuer. */
export interface SigningEndpoints {
  readonly fulcio: { readonly url: string }
  readonly rekor: { readonly url: string; readonly version: 1 | 2 }
  readonly timestampAuthority?: { readonly url: string }
  readonly issuers: readonly string[]
}

/**
 * The currently valid services of a signing config (protobuf JSON, v0.2): of several of a kind the one with the newest
 * API that cosign supports, as the specification requires of clients. An error says briefly what is missing.
 */
export function readSigningConfig(text: string, now: Date): Result<SigningEndpoints, string> {
  let config: SigningConfig
  try {
    config = SigningConfig.fromJSON(JSON.parse(text))
  } catch {
    return err('no signing config')
  }
  if (!config.mediaType.startsWith('application/vnd.dev.sigstore.signingconfig.v0.2')) {
    return err(`another kind of file: ${config.mediaType.slice(0, 100) || 'it does not say which'}`)
  }
  const newest = (services: readonly Service[], versions: readonly number[]): Service | undefined =>
    services
      .filter((service) => versions.includes(service.majorApiVersion) && isValid(service, now))
      .toSorted((a, b) => b.majorApiVersion - a.majorApiVersion)[0]
  const [ca, rekor, tsa] = [
    newest(config.caUrls, [1]),
    newest(config.rekorTlogUrls, [1, 2]),
    newest(config.tsaUrls, [1]),
  ]
  const missing = [ca === undefined ? 'certificate authority' : '', rekor === undefined ? 'Rekor' : ''].filter(Boolean)
  if (ca === undefined || rekor === undefined) return err(`no ${missing.join(' and no ')} that is valid now`)
  return ok({
    fulcio: { url: ca.url },
    rekor: { url: rekor.url, version: rekor.majorApiVersion === 1 ? 1 : 2 },
    ...(tsa === undefined ? {} : { timestampAuthority: { url: tsa.url } }),
    issuers: config.oidcUrls.filter((service) => isValid(service, now)).map(({ url }) => url),
  })
}

const isValid = ({ validFor }: Service, now: Date): boolean =>
  (validFor?.start === undefined || validFor.start <= now) && (validFor?.end === undefined || now <= validFor.end)
