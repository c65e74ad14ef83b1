import { signatureAlgorithms } from '../certificates/public-key.ts'
import { purposeName } from '../certificates/x509-extensions.ts'

// What occurs in Fulcio's certificates, SVIDs and RFC 3161 timestamps, as its specification names it.
const names: Readonly<Record<string, string>> = {
  '2.5.4.3': 'commonName',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'countryName',
  '2.5.4.10': 'organizationName',
  '2.5.4.11': 'organizationalUnitName',
  '2.5.4.45': 'uniqueIdentifier',
  '1.2.840.10045.2.1': 'EC public key',
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.2.840.113549.1.1.1': 'RSA',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
  '1.2.840.113549.1.7.2': 'signedData',
  '1.2.840.113549.1.9.3': 'contentType',
  '1.2.840.113549.1.9.4': 'messageDigest',
  '1.2.840.113549.1.9.5': 'signingTime',
  '1.2.840.113549.1.9.16.1.4': 'TSTInfo',
  '1.2.840.113549.1.9.16.2.12': 'signingCertificate',
  '1.2.840.113549.1.9.16.2.47': 'signingCertificateV2',
}

/** An object identifier with its name before it where it has one here. */
export function oidWithName(oid: string): string {
  const name = names[oid] ?? signatureAlgorithms[oid]?.name ?? purposeName(oid)
  return name === oid ? oid : `${name}, ${oid}`
}
