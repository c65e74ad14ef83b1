import { base64Of, bytesOfBase64 } from '../bundle/bundle-encoding.ts'

/** Every certificate in a PEM text as a PEM text of its own, in its order. Text around them is ignored. */
export const certificatesInPem = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g) ?? []

/** The DER of the first certificate in PEM; undefined when there is none. */
export function derOfPem(pem: string): Uint8Array | undefined {
  const [, inside] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem) ?? []
  const der = inside === undefined ? undefined : bytesOfBase64(inside.replace(/\s/g, ''))
  return der === undefined || der.length === 0 ? undefined : der
}

/** DER as PEM, under a label such as `CERTIFICATE`. */
export const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${base64Of(der).replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
