import { type Service, ServiceSelector, SigningConfig } from '@sigstore/protobuf-specs'

/** Where cosign signs in this session (protobuf JSON, signing config v0.2). */
export function signingConfigJson(urls: {
  readonly fulcio: string
  readonly issuer: string
  readonly rekor: string
  /** With its path. */
  readonly timestampAuthority: string
  readonly since: Date
}): unknown {
  const service = (url: string, majorApiVersion: number): Service[] => [
    { url, majorApiVersion, validFor: { start: urls.since }, operator: 'sandbox' },
  ]
  return SigningConfig.toJSON({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: service(urls.fulcio, 1),
    oidcUrls: service(urls.issuer, 1),
    // Version 2 is the tile-backed Rekor.
    rekorTlogUrls: service(urls.rekor, 2),
    rekorTlogConfig: { selector: ServiceSelector.ANY, count: 0 },
    tsaUrls: service(urls.timestampAuthority, 1),
    tsaConfig: { selector: ServiceSelector.ANY, count: 0 },
  })
}
