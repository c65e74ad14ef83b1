import { bytesToHex } from '@noble/hashes/utils.js'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { type DerNode, derNode, derNodes, derOid, derTag } from './certificate-der.ts'
import { fulcioExtension, fulcioUserName, otherNameTag } from './certificate-extensions.ts'
import { poisonOid, sctListOid } from './sct.ts'
import type { CertificateExtension } from './x509.ts'

/** An extension for display: named and decoded if this program knows it, else by OID and in hex. */
export interface ShownExtension {
  readonly oid: string
  readonly critical: boolean
  readonly name: string
  readonly text: string
  /** Whether the text is the decoded value, not its bytes in hex. */
  readonly readable: boolean
}

/** OIDs of RFC 5280 that the checks need. */
export const extensionOids = {
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
} as const

const standard: Readonly<Record<string, readonly [name: string, read: (value: DerNode) => string | undefined]>> = {
  '2.5.29.14': ['Subject key identifier', octets],
  [extensionOids.keyUsage]: ['Key usage', (node) => keyUsages(node)?.join(', ')],
  [extensionOids.subjectAlternativeName]: ['Subject alternative name', (node) => names(node)?.join(', ')],
  [extensionOids.basicConstraints]: ['Basic constraints', constraints],
  '2.5.29.35': ['Authority key identifier', authorityKey],
  [extensionOids.extendedKeyUsage]: ['Extended key usage', (node) => purposes(node)?.join(', ')],
  [sctListOid]: ['Signed certificate timestamps', () => 'the SCT, see below'],
  [poisonOid]: ['Precertificate poison', () => 'critical, so that no client accepts a precertificate as a certificate'],
}

/** Decodes an extension for people. Bytes that do not fit the OID are shown in hex. */
export function shownExtension({ oid, critical, value }: CertificateExtension): ShownExtension {
  const hex = bytesToHex(value)
  const fulcio = fulcioExtension(oid, value)
  if (fulcio === 'malformed')
    return { oid, critical, name: 'Fulcio extension of another encoding', text: hex, readable: false }
  if (fulcio !== undefined) return { oid, critical, name: fulcio.name, text: fulcio.value, readable: true }
  const known = standard[oid]
  const node = derNode(value)
  const text = node === undefined ? undefined : known?.[1](node)
  return { oid, critical, name: known?.[0] ?? 'Unknown extension', text: text ?? hex, readable: text !== undefined }
}

/** The key usages by name, in the order of RFC 5280; undefined for malformed bytes. */
export function keyUsages(node: DerNode | undefined): readonly string[] | undefined {
  if (node?.tag !== derTag.bitString) return undefined
  const [, ...bytes] = node.contents
  return usageNames.filter((_, bit) => (((bytes[Math.floor(bit / 8)] ?? 0) >> (7 - (bit % 8))) & 1) === 1)
}

const usageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]

/** The extended key usages, named if known; undefined for malformed bytes. */
export function purposes(node: DerNode | undefined): readonly string[] | undefined {
  const oids = (node?.tag === derTag.sequence ? derNodes(node.contents) : undefined)?.map(derOid)
  return oids?.includes(undefined) === false
    ? oids.flatMap((oid) => (oid === undefined ? [] : [purposeName(oid)]))
    : undefined
}

/** The name of an extended key usage; its OID where it has none here. */
export const purposeName = (oid: string): string => purposeNames[oid] ?? oid

const purposeNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
}

/** The names of a subject alternative name, each with its kind before it; undefined for malformed bytes. */
export function names(node: DerNode | undefined): readonly string[] | undefined {
  const items = node?.tag === derTag.sequence ? derNodes(node.contents) : undefined
  return items?.map((item) => {
    const { tag, contents } = item
    const user = fulcioUserName(item)
    if (user !== undefined) return `user name ${user}`
    const kind = nameKinds[tag]
    const text = kind === undefined ? undefined : textOfUtf8(contents)
    return text === undefined
      ? `${tag === otherNameTag ? 'otherName' : 'name'} ${bytesToHex(contents)}`
      : `${kind} ${text}`
  })
}

// RFC 5280 section 4.2.1.6.
const nameKinds: Readonly<Record<number, string>> = { 129: 'email', 130: 'DNS', 134: 'URI' }

function octets(node: DerNode): string | undefined {
  return node.tag === derTag.octetString ? bytesToHex(node.contents) : undefined
}

function authorityKey(node: DerNode): string | undefined {
  const id = derNodes(node.contents)?.find(({ tag }) => tag === 0x80)
  return node.tag === derTag.sequence && id !== undefined ? bytesToHex(id.contents) : undefined
}

function constraints(node: DerNode): string | undefined {
  const read = basicConstraints(node)
  if (read === undefined) return undefined
  if (!read.authority) return 'may not sign certificates'
  return `may sign certificates${read.length === undefined ? '' : `, at most ${read.length} below the next`}`
}

/** Whether a certificate's key may sign certificates, and how many CAs may be below it; undefined for malformed bytes. */
export function basicConstraints(
  node: DerNode | undefined,
): { readonly authority: boolean; readonly length: number | undefined } | undefined {
  const parts = node?.tag === derTag.sequence ? derNodes(node.contents) : undefined
  if (parts === undefined) return undefined
  const authority = parts[0]?.tag === derTag.boolean && parts[0].contents[0] !== 0
  const length = parts.find(({ tag }) => tag === derTag.integer)
  return { authority, length: length === undefined ? undefined : Number.parseInt(bytesToHex(length.contents), 16) }
}
