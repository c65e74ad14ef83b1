// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import { createHash, createPrivateKey, createPublicKey, sign, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  cryptoProvider,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { preAuthEncoding, signPredicateType } from '../../../src/core/domain/bundle/bundle.ts'
import { derOf, derTag } from '../../../src/core/domain/certificates/certificate-der.ts'
import { certificatesInPem } from '../../../src/core/domain/certificates/pem.ts'
import {
  issuerKeyHash,
  precertificateBody,
  sctListOid,
  signedBytes,
} from '../../../src/core/domain/certificates/sct.ts'
import { readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import type { SignerIdentity } from '../../../src/core/domain/identity.ts'
import { type Digest, digestHex } from '../../../src/core/domain/oci/digest.ts'
import { type KeyFiles, makeKey } from '../../../src/core/sandbox/certificates.ts'
import type { IdentityFiles } from '../../../src/core/sandbox/identity-files.ts'
import { rekorHost } from '../../../src/core/sandbox/trusted-root.ts'
import { logEntryWith } from '../../fixtures/own-bundle.ts'
import { timestampOf } from '../../fixtures/own-timestamp.ts'
import type { LooseBundle } from '../../fixtures/sigstore-fixtures.ts'

/** The parts of a bundle. Anything left out is as cosign, Fulcio, Rekor and the authority make it. */
export interface Forgery {
  readonly digest: Digest
  readonly signer: SignerIdentity
  /** PKCS#8 PEM of the certificate's issuer; the sandbox's Fulcio's by default. */
  readonly authorityKey?: string
  /** When the certificate's ten minutes began; a minute ago by default. */
  readonly since?: Date
  /** PKCS#8 PEM of the CT log, or null for a certificate without an SCT. */
  readonly ctLogKey?: string | null
  readonly predicateType?: string
  /** The statement's subjects; one with the digest by default. */
  readonly subjects?: readonly { readonly digest: Readonly<Record<string, string>> }[]
  /** Whether the timestamp authority is used. */
  readonly timestamp?: boolean
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const codeSigning = '1.3.6.1.5.5.7.3.3'
const issuerOid = '1.3.6.1.4.1.57264.1.8'

/**
 * Makes a bundle with the sandbox's own keys, logs it in its real Rekor and has it stamped by its real timestamp
 * authority; without their addresses, with their keys. Unmodified it is as valid as one of cosign: that is the control
 * of whatever a test then removes.
 */
export async function forgeBundle(
  sandbox: { readonly files: IdentityFiles } & Partial<{ readonly rekor: string; readonly timestampAuthority: string }>,
  forgery: Forgery,
): Promise<LooseBundle> {
  cryptoProvider.set(webcrypto)
  const key = await makeKey()
  const certificate = await certificateFor(sandbox.files, forgery, key)
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: forgery.subjects ?? [{ digest: { sha256: digestHex(forgery.digest) } }],
    predicateType: forgery.predicateType ?? signPredicateType,
    predicate: {},
  }
  const payloadType = 'application/vnd.in-toto+json'
  const payload = Buffer.from(JSON.stringify(statement))
  const signed = preAuthEncoding(payloadType, payload)
  const signature = sign('sha256', signed, createPrivateKey(key.privatePem))
  const entry = await logged(sandbox, certificate, sha256(signed), signature)
  const stamp = forgery.timestamp === false ? [] : [await stamped(sandbox, signature)]
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: certificate.toString('base64') },
      tlogEntries: [entry],
      timestampVerificationData: {
        rfc3161Timestamps: stamp.map((each) => ({ signedTimestamp: each.toString('base64') })),
      },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64') }],
    },
  }
}

/** The checkpoint of a log entry, signed again by another key under the log's name and key id. */
export function resigned(envelope: string, key: string): string {
  const [note = '', signature = ''] = envelope.split('\n\n')
  const [, name = '', base64 = ''] = /^\u2014 (\S+) (\S+)/.exec(signature) ?? []
  const keyId = Buffer.from(base64, 'base64').subarray(0, 4)
  const other = sign('sha256', Buffer.from(`${note}\n`), createPrivateKey(key))
  return `${note}\n\n\u2014 ${name} ${Buffer.concat([keyId, other]).toString('base64')}\n`
}

async function certificateFor(files: IdentityFiles, forgery: Forgery, key: KeyFiles): Promise<Buffer> {
  const authorityPem = readFileSync(files.fulcioChain, 'utf8')
  const signingKey = await importKey(forgery.authorityKey ?? readFileSync(files.fulcioKey, 'utf8'))
  const notBefore = new Date(Math.floor((forgery.since?.getTime() ?? Date.now() - 60_000) / 1000) * 1000)
  const serialNumber = `01${crypto.randomUUID().replaceAll('-', '').slice(2)}`
  const issuerText = Buffer.from(forgery.signer.issuer)
  const make = async (scts: readonly Extension[]): Promise<Buffer> => {
    const certificate = await X509CertificateGenerator.create({
      serialNumber,
      subject: '',
      issuer: new X509Certificate(authorityPem).subject,
      notBefore,
      notAfter: new Date(notBefore.getTime() + 600_000),
      signingAlgorithm: algorithm,
      publicKey: key.pair.publicKey,
      signingKey,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([codeSigning]),
        new SubjectAlternativeNameExtension([{ type: 'email', value: forgery.signer.subject }], true),
        new Extension(issuerOid, false, derOf(derTag.utf8String, issuerText)),
        ...scts,
      ],
    })
    return Buffer.from(certificate.rawData)
  }
  if (forgery.ctLogKey === null) return make([])
  const draft = await make([new Extension(sctListOid, false, Buffer.from([0x04, 0x00]))])
  const sct = promise(files, draft, forgery.ctLogKey ?? readFileSync(files.ctLogKey, 'utf8'))
  return make([new Extension(sctListOid, false, sct)])
}

/** The list of one SCT, as the extension holds it (RFC 6962, sections 3.2 and 3.3). */
function promise(files: IdentityFiles, draft: Buffer, key: string): Buffer {
  const logId = createHash('sha256')
    .update(createPublicKey(readFileSync(files.ctLogPublicKey, 'utf8')).export({ type: 'spki', format: 'der' }))
    .digest()
  const [certificate, authority] = [readCertificate(draft), readCertificate(derOfFile(files.fulcioChain))]
  if (!certificate.ok || !authority.ok) throw new Error('a certificate of ours cannot be read')
  const body = precertificateBody(certificate.value)
  if (body === undefined) throw new Error('a certificate of ours has no place for a promise')
  const timestampMs = Date.now()
  const sct = {
    version: 0,
    logId: logId.toString('hex'),
    timestampMs,
    extensions: new Uint8Array(),
    leafIndex: null,
    hashAlgorithm: 'SHA-256',
    signatureAlgorithm: 'ECDSA',
    signature: new Uint8Array(),
  }
  const bytes = signedBytes({ sct, issuerKeyHash: issuerKeyHash(authority.value), body })
  const signature = sign('sha256', bytes, createPrivateKey(key))
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(timestampMs))
  const one = Buffer.concat([
    Buffer.from([0]),
    logId,
    time,
    vector(Buffer.alloc(0)),
    Buffer.from([4, 3]),
    vector(signature),
  ])
  const list = vector(vector(one))
  return Buffer.from(derOf(derTag.octetString, list))
}

const vector = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const derOfFile = (pemFile: string): Buffer => Buffer.from(new X509Certificate(readFileSync(pemFile, 'utf8')).rawData)

const importKey = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

const keyPair = (pemFile: string) => {
  const privateKey = createPrivateKey(readFileSync(pemFile, 'utf8'))
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

type Entry = LooseBundle['verificationMaterial']['tlogEntries'][number]

/** Has the real Rekor record a signature (its API v2). */
async function logged(
  { rekor, files }: { readonly rekor?: string; readonly files: IdentityFiles },
  certificate: Buffer,
  digest: Buffer,
  signature: Buffer,
): Promise<Entry> {
  // In the order of RFC 8785, in which cosign makes the entry again.
  const verifier = {
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    x509Certificate: { rawBytes: certificate.toString('base64') },
  }
  if (rekor === undefined) {
    const hashedRekordV002 = {
      data: { algorithm: 'SHA2_256', digest: digest.toString('base64') },
      signature: { content: signature.toString('base64'), verifier },
    }
    const body = JSON.stringify({ apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002 } })
    return logEntryWith(Buffer.from(body), { log: keyPair(files.rekorKey) }, rekorHost)
  }
  const request = {
    hashedRekordRequestV002: {
      digest: digest.toString('base64'),
      signature: { content: signature.toString('base64'), verifier },
    },
  }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${rekor}/api/v2/log/entries`, { method: 'POST', headers, body: JSON.stringify(request) })
  if (!answer.ok) throw new Error(`Rekor: ${answer.status} ${await answer.text()}`)
  // It writes null for what a bundle omits.
  return JSON.parse(await answer.text(), (_, value: unknown) => value ?? undefined) as Entry
}

/** Has the real timestamp authority stamp bytes (RFC 3161). */
async function stamped(
  { timestampAuthority: authority, files }: { readonly timestampAuthority?: string; readonly files: IdentityFiles },
  bytes: Buffer,
): Promise<Buffer> {
  if (authority === undefined) {
    const chain = certificatesInPem(readFileSync(files.timestampChain, 'utf8')).map((pem) =>
      Buffer.from(new X509Certificate(pem).rawData),
    )
    const { privateKey } = keyPair(files.timestampKey)
    return Buffer.from(timestampOf({ key: privateKey, algorithm: 'EC P-256', chain }, bytes, new Date()), 'base64')
  }
  // TimeStampReq: version 1, SHA-256 of the bytes, with the authority's certificate.
  const head = Buffer.from('30390201013031300d060960864801650304020105000420', 'hex')
  const query = Buffer.concat([head, sha256(bytes), Buffer.from('0101ff', 'hex')])
  const headers = { 'content-type': 'application/timestamp-query' }
  const answer = await fetch(authority, { method: 'POST', headers, body: query })
  if (!answer.ok) throw new Error(`timestamp authority: ${answer.status} ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}
