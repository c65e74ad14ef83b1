import type { Check, Verdict } from '../verdict.ts'
import { derNode } from './certificate-der.ts'
import { issuerOids } from './certificate-extensions.ts'
import { sctsOf } from './sct.ts'
import type { TrustedAuthority } from './trust.ts'
import { type Certificate, extensionOf, isSignedBy, readCertificate } from './x509.ts'
import { extensionOids, keyUsages, names, purposes, shownExtension } from './x509-extensions.ts'

/** A certificate with the CAs above it, as far up as the trusted root knows them. */
export interface Chain {
  /** The CA of the trusted root whose chain it is; null when no trusted one issued the certificate. */
  readonly authority: TrustedAuthority | null
  /** Nearest first. */
  readonly above: readonly Certificate[]
  readonly check: Check<'chain'>
}

/** Finds the trusted chain above a certificate: each signed by the next, the last one by itself. */
export function chainOf(certificate: Certificate, authorities: readonly TrustedAuthority[]): Chain {
  const expected = 'each certificate signed by the next, up to an authority of the trusted root'
  let seen: Verdict = 'failed'
  for (const authority of authorities) {
    const above = authority.chain.map(readCertificate).flatMap((read) => (read.ok ? [read.value] : []))
    const verdict = chainVerdict([certificate, ...above])
    if (verdict === 'passed') {
      return { authority, above, check: { id: 'chain', verdict, expected, found: authority.name || authority.uri } }
    }
    if (verdict === 'could-not-check') seen = verdict
  }
  const found =
    seen === 'failed'
      ? `issuer ${certificate.issuer || 'without a name'}, none of ${authorities.length} trusted`
      : 'a signature algorithm that this program does not compute'
  const remedy = 'Sign again with the Fulcio that the trusted root names.'
  return { authority: null, above: [], check: { id: 'chain', verdict: seen, expected, found, remedy } }
}

function chainVerdict(chain: readonly Certificate[]): 'passed' | 'failed' | 'could-not-check' {
  if (chain.length < 2) return 'failed'
  const verdicts = chain.flatMap((certificate, at) => {
    const issuer = chain[at + 1]
    return issuer === undefined ? [] : [isSignedBy(certificate, issuer)]
  })
  return verdicts.includes('failed') ? 'failed' : verdicts.includes('could-not-check') ? 'could-not-check' : 'passed'
}

/** What Fulcio's specification requires of a certificate. Each check has expected and found. */
export function checkFulcioCertificate(certificate: Certificate, chain: Chain): readonly Check[] {
  const [parent] = chain.above
  const san = extensionOf(certificate, extensionOids.subjectAlternativeName)
  const usage = extensionOf(certificate, extensionOids.keyUsage)
  const sanNames = san === undefined ? undefined : names(derNode(san.value))
  const usages = usage === undefined ? undefined : keyUsages(derNode(usage.value))
  const extended = extensionOf(certificate, extensionOids.extendedKeyUsage)
  const wanted = extended === undefined ? undefined : purposes(derNode(extended.value))
  const scts = sctsOf(certificate)
  return [
    chain.check,
    said('subject', certificate.subject === '', 'an empty subject', certificate.subject || 'empty'),
    said('one-san', sanNames?.length === 1, 'exactly one subject alternative name', listed(sanNames)),
    said(
      'san-critical',
      san?.critical === true,
      'the name is critical',
      san?.critical === true ? 'critical' : 'not critical',
    ),
    said(
      'key-usage',
      usage?.critical === true && listed(usages) === 'digitalSignature',
      'critical, digitalSignature and nothing else',
      `${usage?.critical === true ? 'critical' : 'not critical'}, ${listed(usages)}`,
    ),
    said('purpose', listed(wanted) === 'codeSigning', 'codeSigning and nothing else', listed(wanted)),
    lifetimeCheck(certificate, parent),
    issuersCheck(certificate),
    said(
      'sct',
      (scts?.length ?? 0) > 0,
      'at least one SCT',
      scts === undefined ? 'a list that cannot be read' : `${scts.length}`,
    ),
  ]
}

function lifetimeCheck(certificate: Certificate, parent: Certificate | undefined): Check {
  const expected = 'a lifetime inside that of the authority above'
  const found = `${certificate.notBefore} to ${certificate.notAfter}`
  if (parent === undefined)
    return { id: 'lifetime', verdict: 'not-checked', expected, found: 'no trusted authority above' }
  const inside = parent.notBefore <= certificate.notBefore && certificate.notAfter <= parent.notAfter
  return said('lifetime', inside, `${expected}, ${parent.notBefore} to ${parent.notAfter}`, found)
}

/** The old and the new issuer extension; if both are present they agree. */
function issuersCheck(certificate: Certificate): Check {
  const [raw, utf8] = [issuerOids.raw, issuerOids.utf8].map((oid) => {
    const extension = extensionOf(certificate, oid)
    return extension === undefined ? undefined : shownExtension(extension).text
  })
  const both = raw === undefined || utf8 === undefined || raw === utf8
  const found = [utf8, raw].filter((issuer) => issuer !== undefined)
  return said(
    'issuer',
    found.length > 0 && both,
    'one issuer, in the new extension and its old copy',
    listed(both ? found.slice(0, 1) : found),
  )
}

const listed = (items: readonly string[] | undefined): string =>
  items === undefined || items.length === 0 ? 'none' : items.join(', ')

const said = (id: string, good: boolean, expected: string, found: string): Check => ({
  id,
  verdict: good ? 'passed' : 'failed',
  expected,
  found,
  ...(good ? {} : { remedy: 'Trust no signature of this certificate; ask who issued it.' }),
})
