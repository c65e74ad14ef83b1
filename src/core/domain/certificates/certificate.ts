import { type AppError, appError } from '../app-error.ts'
import { textOfUtf8 } from '../bundle/bundle-encoding.ts'
import { parseSignerIdentity, type SignerIdentity } from '../identity.ts'
import { err, ok, type Result } from '../result.ts'
import { hiddenIn } from '../visible-text.ts'
import { type DerNode, derNode, derNodes } from './certificate-der.ts'
import {
  type FulcioExtension,
  fulcioExtension,
  fulcioUserName,
  issuerOids,
  otherNameTag,
  sourceRepositoryOid,
} from './certificate-extensions.ts'
import { pemOf } from './pem.ts'
import { type CertificateExtension, readCertificate } from './x509.ts'

/** An e-mail address, a URI, or a user name of Fulcio's: `user!domain`. */
export type SubjectKind = 'email' | 'uri' | 'username'

/** The facts of a Fulcio certificate. Hashes and the serial number are lower-case hex, times ISO 8601 UTC. */
export interface FulcioCertificate {
  readonly signer: SignerIdentity
  /** What kind of name the one SAN is. */
  readonly subjectKind: SubjectKind
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  /** SHA-256 of the DER. */
  readonly fingerprint: string
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeyHash: string
  readonly extensions: readonly FulcioExtension[]
  readonly pem: string
}

const sanOid = '2.5.29.17'

/**
 * Reads a Fulcio leaf certificate (RFC 5280, DER). It must have exactly one SAN, an e-mail address, a URI or a user
 * name, and an issuer: `.57264.1.8`, or if that is missing `.57264.1.1`; if both are present they must agree. A URI must
 * have a scheme and the others must not: selectors do not state the kind, so no name may be read as another one. What
 * becomes a selector has visible characters only. Nothing is verified here.
 */
export function readFulcioCertificate(der: Uint8Array): Result<FulcioCertificate> {
  const read = readCertificate(der)
  if (!read.ok) return err(invalid('an X.509 certificate in DER', read.error.found ?? 'bytes of another form'))
  const { serial, notBefore, notAfter, fingerprint, publicKeyHash } = read.value
  const extensions = readExtensions(read.value.extensions)
  if (extensions === undefined) return err(invalid('well-formed extensions', 'an extension of another encoding'))
  const signer = readSigner(extensions)
  if (!signer.ok) return signer
  const facts = { serial, notBefore, notAfter, fingerprint, publicKeyHash }
  return ok({ ...signer.value, ...facts, extensions: extensions.fulcio, pem: pemOf('CERTIFICATE', der) })
}

interface Extensions {
  readonly san: Uint8Array | undefined
  readonly fulcio: readonly FulcioExtension[]
}

function readExtensions(all: readonly CertificateExtension[]): Extensions | undefined {
  const known = all.map(({ oid, value }) => fulcioExtension(oid, value)).filter((extension) => extension !== undefined)
  const fulcio = known.filter((extension) => extension !== 'malformed')
  if (fulcio.length < known.length) return undefined
  return { san: all.find(({ oid }) => oid === sanOid)?.value, fulcio }
}

function readSigner(extensions: Extensions): Result<{ signer: SignerIdentity; subjectKind: SubjectKind }> {
  const names =
    extensions.san === undefined ? [] : (derNodes(derNode(extensions.san)?.contents ?? extensions.san) ?? [])
  const [name] = names
  if (name === undefined || names.length !== 1) {
    return err(invalid('exactly one subject alternative name', `${names.length}`))
  }
  const named = readName(name)
  if (!named.ok) return named
  const { subject, subjectKind } = named.value
  const utf8 = extensions.fulcio.find((extension) => extension.oid === issuerOids.utf8)?.value
  const raw = extensions.fulcio.find((extension) => extension.oid === issuerOids.raw)?.value
  const issuer = utf8 ?? raw
  if (issuer === undefined) return err(invalid(`an issuer extension, ${issuerOids.utf8}`, 'none'))
  if (raw !== undefined && raw !== issuer) {
    return err(invalid('one issuer', `${JSON.stringify(raw)} and ${JSON.stringify(issuer)}`))
  }
  const source = extensions.fulcio.find((extension) => extension.oid === sourceRepositoryOid)?.value
  const hidden = source === undefined ? undefined : hiddenIn(source)
  if (hidden !== undefined) return err(invalid('a source repository of visible characters', hidden))
  const signer = parseSignerIdentity(subject, issuer)
  return signer.ok ? ok({ signer: signer.value, subjectKind }) : signer
}

function readName(name: DerNode): Result<{ subject: string; subjectKind: SubjectKind }> {
  const subjectKind = sanKinds[name.tag]
  const subject = subjectKind === 'username' ? fulcioUserName(name) : textOfUtf8(name.contents)
  if (subjectKind === undefined || subject === undefined) {
    const found = subjectKind === 'username' ? 'an otherName of another type' : `a name with tag ${name.tag}`
    return err(invalid('an e-mail address, a URI or a user name of Fulcio as subject alternative name', found))
  }
  const otherKind = kindObjection(subjectKind, subject)
  return otherKind === undefined ? ok({ subject, subjectKind }) : err(otherKind)
}

// RFC 3986 section 3.1.
const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/

function kindObjection(kind: SubjectKind, subject: string): AppError | undefined {
  if (kind === 'uri') {
    return scheme.test(subject) ? undefined : invalid('a URI with its scheme (https:, spiffe:)', 'a URI without one')
  }
  if (kind === 'username') {
    if (scheme.test(subject)) return invalid('a user name, without a scheme', 'one with a scheme')
    return userName.test(subject) ? undefined : invalid('a user name as Fulcio writes it, user!domain', 'another text')
  }
  if (scheme.test(subject)) return invalid('an e-mail address, without a scheme', 'one with a scheme')
  return /^.+@[^@!]+$/s.test(subject)
    ? undefined
    : invalid('an e-mail address with "@", without a scheme', 'another text')
}

// Fulcio's user names have no "!", and end with one and a domain (pkg/identity/username).
const userName = /^[^!]+![^!@]+$/

// RFC 5280 section 4.2.1.6: otherName is [0], rfc822Name is [1], uniformResourceIdentifier is [6].
const sanKinds: Readonly<Record<number, SubjectKind>> = { [otherNameTag]: 'username', 129: 'email', 134: 'uri' }

const invalid = (expected: string, found: string) =>
  appError(
    'sigstore.certificate-invalid',
    'The signing certificate cannot be read as one of Fulcio.',
    'Sign again, with a certificate from Fulcio.',
    { expected, found },
  )
