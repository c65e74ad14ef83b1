/** The names that a specification gives the parts of a structure. */
export interface DerShape {
  readonly label: string
  /** The parts in order. One whose context tag is given is optional, and is skipped where the tag is another. */
  readonly parts?: readonly DerPart[]
  /** The shape of every part, where all are alike. */
  readonly each?: DerShape
  /** The parts are an extension: OID, perhaps critical, value. */
  readonly extension?: true
}
type DerPart = DerShape & { readonly tag?: number }

const named = (label: string, parts?: readonly (DerPart | string)[]): DerShape => ({
  label,
  ...(parts === undefined ? {} : { parts: parts.map((part) => (typeof part === 'string' ? { label: part } : part)) }),
})
const tagged = (tag: number, shape: DerShape): DerPart => ({ ...shape, tag })

const algorithm = (label: string) => named(label, ['Algorithm', 'Parameters'])
const attribute = named('Attribute', ['Type', 'Value'])
const distinguishedName = (label: string): DerShape => ({ label, each: { label: 'Relative name', each: attribute } })

/** An X.509 certificate (RFC 5280 section 4.1). */
export const certificateShape = named('Certificate', [
  named('To be signed', [
    tagged(0, named('Version', ['Number, from 0'])),
    'Serial number',
    algorithm('Signature algorithm'),
    distinguishedName('Issuer'),
    named('Validity', ['Not before', 'Not after']),
    distinguishedName('Subject'),
    named('Public key', [algorithm('Key algorithm'), 'Key']),
    tagged(3, named('Extensions', [{ label: 'List', each: { label: 'Extension', extension: true } }])),
  ]),
  algorithm('Signature algorithm'),
  named('Signature', [named('ECDSA', ['r', 's'])]),
])

/** An ECDSA signature (RFC 3279 section 2.2.3). */
export const signatureShape = named('Signature', ['r', 's'])

/** A timestamp response: PKI status and a signed TSTInfo (RFC 3161 section 2.4.2, RFC 5652). */
export const timestampShape = named('Timestamp response', [
  named('Status', ['Number, 0 is granted']),
  named('Token', [
    'Content type',
    named('Content', [
      named('Signed data', [
        'Version',
        named('Digest algorithms'),
        named('Encapsulated content', [
          'Content type',
          named('Content', [
            named('Octets', [
              named('TSTInfo', [
                'Version',
                'Policy',
                named('Message imprint', [algorithm('Hash algorithm'), 'Hash of the signature']),
                'Serial number',
                'Time of the timestamp',
              ]),
            ]),
          ]),
        ]),
        tagged(0, named('Certificates')),
        { label: 'Signers', each: { label: 'Signer' } },
      ]),
    ]),
  ]),
])
