import { bytesToHex } from '@noble/hashes/utils.js'
import {
  type DerNode,
  derAt,
  derMoment,
  derNode,
  derNodes,
  derOf,
  derOid,
  derTag,
  derTime,
} from '../certificates/certificate-der.ts'

/** An RFC 3161 timestamp as facts. Hashes and numbers are lower-case hex, the time ISO 8601 UTC. */
export interface Timestamp {
  /** OID. */
  readonly policy: string
  readonly serial: string
  readonly time: string
  /** The same with its fraction of a second, in milliseconds since 1970. */
  readonly moment: number
  /** `1 s`; null when the authority does not state it. */
  readonly accuracy: string | null
  readonly nonce: string | null
  readonly imprint: { readonly algorithm: string; readonly hash: Uint8Array }
  /** What the authority signed over, and with what. */
  readonly signed: {
    readonly info: Uint8Array
    readonly attributes: Uint8Array
    /** The hash of `info` among the attributes. */
    readonly digest: Uint8Array
    readonly digestAlgorithm: string
    readonly algorithm: string
    readonly signature: Uint8Array
    /** Serial number of the signer's certificate, and the name (DER) of its issuer. */
    readonly certificate: string
    readonly issuer: Uint8Array
    /** When the signer says that it signed, in milliseconds since 1970; null when it does not. */
    readonly moment: number | null
  }
  /** The certificates that it carries, DER, in any order; often none. */
  readonly certificates: readonly Uint8Array[]
}

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const
const mostCertificates = 16

/** Parses a timestamp response that was granted; undefined for anything else. Nothing is verified. */
export function readTimestamp(der: Uint8Array): Timestamp | undefined {
  // TimeStampResp { PKIStatusInfo { status, … }, ContentInfo { type, [0] SignedData } }
  const response = derNode(der)
  const [type, inside] = [derOid(derAt(response, 1, 0)), derAt(response, 1, 1, 0)]
  const data = derNodes(inside?.contents ?? new Uint8Array()) ?? []
  const content = derAt(data[2], 1, 0)
  const info = content?.tag === derTag.octetString ? content.contents : undefined
  const signers = derNodes(data.at(-1)?.contents ?? new Uint8Array()) ?? []
  const [signer] = signers
  if (!isZero(derAt(response, 0, 0)) || type !== oids.signedData || derOid(derAt(data[2], 0)) !== oids.tstInfo) {
    return undefined
  }
  if (info === undefined || signer === undefined || signers.length > 1) return undefined
  const certificates = data.slice(3, -1).find(({ tag }) => tag === 0xa0)
  const nodes = certificates === undefined ? [] : derNodes(certificates.contents)
  const [facts, signed] = [readInfo(info), readSigner(signer, info)]
  if (facts === undefined || signed === undefined || nodes === undefined || nodes.length > mostCertificates) {
    return undefined
  }
  return { ...facts, signed, certificates: nodes.map(({ whole }) => whole) }
}

const isZero = (node: DerNode | undefined): boolean =>
  node?.tag === derTag.integer && node.contents.every((byte) => byte === 0)

function readInfo(info: Uint8Array): Omit<Timestamp, 'signed' | 'certificates'> | undefined {
  const [, policy, imprint, serial, time, ...more] = derNodes(derNode(info)?.contents ?? new Uint8Array()) ?? []
  const accuracy = more.find(({ tag }) => tag === derTag.sequence)
  const nonce = more.find(({ tag }) => tag === derTag.integer)
  const facts = {
    policy: derOid(policy),
    time: derTime(time),
    moment: derMoment(time),
    algorithm: derOid(derAt(imprint, 0, 0)),
  }
  const hash = derAt(imprint, 1)
  if (facts.policy === undefined || facts.time === undefined || facts.algorithm === undefined) return undefined
  if (facts.moment === undefined || time?.tag !== derTag.generalizedTime) return undefined
  if (hash?.tag !== derTag.octetString || serial?.tag !== derTag.integer) return undefined
  return {
    policy: facts.policy,
    time: facts.time,
    moment: facts.moment,
    serial: bytesToHex(serial.contents).replace(/^(?:00)+(?=..)/, ''),
    accuracy: accuracy === undefined ? null : accuracyText(accuracy),
    nonce: nonce === undefined ? null : bytesToHex(nonce.contents),
    imprint: { algorithm: facts.algorithm, hash: hash.contents },
  }
}

function readSigner(signer: DerNode, info: Uint8Array): Timestamp['signed'] | undefined {
  const [, id, digestAlgorithm, attributes, algorithm, signature] = derNodes(signer.contents) ?? []
  const all = attributes?.tag === 0xa0 ? derNodes(attributes.contents) : undefined
  const attribute = (oid: string): DerNode | undefined =>
    derAt(
      all?.find((each) => derOid(derAt(each, 0)) === oid),
      1,
      0,
    )
  const [issuer, serial] = [derAt(id, 0), derAt(id, 1)]
  const value = attribute(oids.messageDigest)
  const used = { digest: derOid(derAt(digestAlgorithm, 0)), algorithm: derOid(derAt(algorithm, 0)) }
  if (attributes === undefined || value === undefined || signature?.tag !== derTag.octetString) return undefined
  if (id?.tag !== derTag.sequence || issuer === undefined || serial === undefined) return undefined
  if (used.digest === undefined || used.algorithm === undefined) return undefined
  return {
    info,
    // RFC 5652 section 5.4: the DER of a SET is signed, whatever tag and order they are sent in.
    attributes: derOf(derTag.set, ...inDerOrder(all ?? [])),
    digest: value.contents,
    digestAlgorithm: used.digest,
    algorithm: used.algorithm,
    signature: signature.contents,
    certificate: bytesToHex(serial.contents).replace(/^(?:00)+(?=..)/, ''),
    issuer: issuer.whole,
    // As for cosign, one that cannot be read is as good as none.
    moment: derMoment(attribute(oids.signingTime)) ?? null,
  }
}

/** X.690 section 11.6: the elements of a SET OF, ordered by their bytes. */
const inDerOrder = (nodes: readonly DerNode[]): readonly Uint8Array[] =>
  nodes
    .map(({ whole }) => ({ whole, hex: bytesToHex(whole) }))
    .sort((a, b) => (a.hex < b.hex ? -1 : 1))
    .map(({ whole }) => whole)

function accuracyText(node: DerNode): string {
  const units: Readonly<Record<number, string>> = { [derTag.integer]: 's', 128: 'ms', 129: 'µs' }
  const parts = derNodes(node.contents) ?? []
  return parts.map(({ tag, contents }) => `${Number.parseInt(bytesToHex(contents), 16)} ${units[tag] ?? ''}`).join(' ')
}
