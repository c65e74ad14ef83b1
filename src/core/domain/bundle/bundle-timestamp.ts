import { derAt, derNode, derNodes, derTag, derTime } from '../certificates/certificate-der.ts'

/**
 * When an RFC 3161 timestamp says that it was made (genTime, ISO 8601 UTC), or undefined when the bytes are not a
 * timestamp response. The signature is not checked.
 */
export function timestampTime(der: Uint8Array): string | undefined {
  // TimeStampResp { status, ContentInfo { type, [0] SignedData { version, algorithms, { type, [0] OCTET STRING } } } }
  const content = derAt(derNode(der), 1, 1, 0, 2, 1, 0)
  const info = content?.tag === derTag.octetString ? derNode(content.contents) : undefined
  const fields = info === undefined ? undefined : derNodes(info.contents)
  return derTime(fields?.find((field) => field.tag === derTag.generalizedTime))
}
