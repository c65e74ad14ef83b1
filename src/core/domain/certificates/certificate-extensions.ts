import { bytesToHex } from '@noble/hashes/utils.js'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { type DerNode, derNode, derNodes, derOid, derTag } from './certificate-der.ts'

/** A Fulcio extension as text, with the name that Fulcio's documentation gives it. */
export interface FulcioExtension {
  readonly oid: string
  readonly name: string
  readonly value: string
}

const arc = '1.3.6.1.4.1.57264.1.'

// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. Up to .6 the value is the bare text; from .8 on it is
// a DER UTF8String. .7 is no extension but the type of a SAN.
const names: Readonly<Record<number, string>> = {
  1: 'Issuer',
  2: 'GitHub Workflow Trigger',
  3: 'GitHub Workflow SHA',
  4: 'GitHub Workflow Name',
  5: 'GitHub Workflow Repository',
  6: 'GitHub Workflow Ref',
  8: 'Issuer (V2)',
  9: 'Build Signer URI',
  10: 'Build Signer Digest',
  11: 'Runner Environment',
  12: 'Source Repository URI',
  13: 'Source Repository Digest',
  14: 'Source Repository Ref',
  15: 'Source Repository Identifier',
  16: 'Source Repository Owner URI',
  17: 'Source Repository Owner Identifier',
  18: 'Build Config URI',
  19: 'Build Config Digest',
  20: 'Build Trigger',
  21: 'Run Invocation URI',
  22: 'Source Repository Visibility At Signing',
  23: 'Deployment Environment',
  24: 'Token Subject',
}

/** Which question a Fulcio extension answers. */
export type FulcioGroup = 'who' | 'how' | 'source' | 'old' | 'unknown'

/** The question that the extension with this OID answers: who signed, how it was built, from what source; or a copy. */
export function fulcioGroup(oid: string): FulcioGroup {
  const number = Number(oid.slice(arc.length))
  if (number >= 1 && number <= 6) return 'old'
  if (number === 8 || number === 24) return 'who'
  if ([9, 10, 11, 18, 19, 20, 21].includes(number)) return 'how'
  return [12, 13, 14, 15, 16, 17, 22, 23].includes(number) ? 'source' : 'unknown'
}

/** Whether this is an extension of Fulcio's. */
export const isFulcioOid = (oid: string): boolean => oid.startsWith(arc)

/** OIDs of the extensions that name the signer's issuer: the old coding and the new. */
export const issuerOids = { raw: `${arc}1`, utf8: `${arc}8` } as const

/** The tag of an otherName in a subject alternative name (RFC 5280 section 4.2.1.6). */
export const otherNameTag = 0xa0

/** The user name in an otherName, if it is one of Fulcio's: `user!domain`. */
export function fulcioUserName({ tag, contents }: DerNode): string | undefined {
  const [type, value, ...more] = (tag === otherNameTag ? derNodes(contents) : undefined) ?? []
  if (more.length > 0 || derOid(type) !== `${arc}7` || value?.tag !== 0xa0) return undefined
  return utf8String(derNode(value.contents))
}

/** OID of the source repository, for the selector of the same name. */
export const sourceRepositoryOid = `${arc}12`

/**
 * Reads one extension if it is Fulcio's: undefined if it is not, `malformed` if its value does not have the coding that
 * its OID requires.
 */
export function fulcioExtension(oid: string, value: Uint8Array): FulcioExtension | 'malformed' | undefined {
  if (!oid.startsWith(arc)) return undefined
  const number = Number(oid.slice(arc.length))
  const name = names[number]
  const text = number <= 6 ? textOfUtf8(value) : utf8String(derNode(value))
  // A future extension of Fulcio has an unknown coding.
  if (name === undefined) return { oid, name: 'Unnamed Fulcio extension', value: text ?? bytesToHex(value) }
  return text === undefined ? 'malformed' : { oid, name, value: text }
}

const utf8String = (node: DerNode | undefined): string | undefined =>
  node?.tag === derTag.utf8String ? textOfUtf8(node.contents) : undefined
