import { base64Of, bytesOfBase64 } from '../bundle/bundle-encoding.ts'

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

/**
 * Every certificate in a PEM text as a PEM text of its own, in its order. Its first and last line are lines of their own
 * (RFC 7468), as Go and OpenSSL require. Text around certificates is ignored, and so is one without its last line.
 */
export function certificatesInPem(pem: string): readonly string[] {
  const found: string[] = []
  let open: string[] | undefined
  for (const line of pem.split(/\r?\n/)) {
    const mark = line.trimEnd()
    if (mark === begin) open ??= []
    open?.push(mark)
    if (mark !== end || open === undefined) continue
    found.push(`${open.join('\n')}\n`)
    open = undefined
  }
  return found
}

/** How many certificates a PEM text has or attempts to have: a different number from those found means damage. */
export const certificateMarks = (pem: string): number => pem.split(begin).length - 1

/** The DER of the first certificate in PEM; undefined when there is none. */
export function derOfPem(pem: string): Uint8Array | undefined {
  const [, inside] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem) ?? []
  const der = inside === undefined ? undefined : bytesOfBase64(inside.replace(/\s/g, ''))
  return der === undefined || der.length === 0 ? undefined : der
}

/** DER as PEM, under a label such as `CERTIFICATE`. */
export const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${base64Of(der).replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`
