import { type Service, ServiceSelector, SigningConfig } from '@sigstore/protobuf-specs'

/** Where cosign signs (protobuf JSON, signing config v0.2). */
export function signingConfigJson(urls: {
  readonly fulcio: string
  readonly issuer: string
  /** Version 2 is the tile-backed Rekor. */
  readonly rekor: { readonly url: string; readonly version: 1 | 2 }
  /** With its path; null if none is used. */
  readonly timestampAuthority: string | null
  readonly since: Date
  readonly operator: string
}): unknown {
  const service = (url: string, majorApiVersion: number): Service[] => [
    { url, majorApiVersion, validFor: { start: urls.since }, operator: urls.operator },
  ]
  const any = { selector: ServiceSelector.ANY, count: 0 }
  return SigningConfig.toJSON({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: service(urls.fulcio, 1),
    oidcUrls: service(urls.issuer, 1),
    rekorTlogUrls: service(urls.rekor.url, urls.rekor.version),
    rekorTlogConfig: any,
    tsaUrls: urls.timestampAuthority === null ? [] : service(urls.timestampAuthority, 1),
    tsaConfig: urls.timestampAuthority === null ? undefined : any,
  })
}
