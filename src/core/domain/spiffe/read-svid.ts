// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill and does not bring it
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509'
import { appError } from '../app-error.ts'
import { purposeName } from '../certificates/x509-extensions.ts'
import { err, ok, type Result } from '../result.ts'
import type { Check } from '../verdict.ts'
import { parseSpiffeId } from './spiffe-id.ts'
import type { Svid, SvidCheckId } from './svid.ts'

/**
 * Reads an X.509-SVID and checks it by the X509-SVID standard (sections 2, 4 and 5): the leaf's names and usages, that
 * it is valid at `at`, and that every certificate is signed by the next and the last one by a CA of the bundle. Failed
 * checks are in the result; an error is only what cannot be read at all.
 */
export async function readSvid(spec: {
  readonly chainPem: readonly string[]
  readonly bundlePem: readonly string[]
  readonly at: Date
}): Promise<Result<Svid>> {
  const chain = readCertificates(spec.chainPem)
  const bundle = readCertificates(spec.bundlePem)
  const leaf = chain?.[0]
  if (chain === undefined || bundle === undefined || leaf === undefined) return err(unreadable)
  const uris = uriNames(leaf)
  return ok({
    spiffeId: uris[0] ?? '',
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
    serial: leaf.serialNumber.toLowerCase(),
    chainPem: spec.chainPem,
    bundlePem: spec.bundlePem,
    checks: [
      checkUri(uris),
      checkNotCa(leaf),
      checkKeyUsage(leaf),
      checkExtendedKeyUsage(leaf),
      checkTime(chain, spec.at),
      await checkChain(chain, bundle, spec.at),
    ],
  })
}

function readCertificates(pems: readonly string[]): X509Certificate[] | undefined {
  try {
    return pems.map((pem) => new X509Certificate(pem))
  } catch {
    return undefined
  }
}

const check = (id: SvidCheckId, good: boolean, expected: string, found: string): Check<SvidCheckId> => ({
  id,
  verdict: good ? 'passed' : 'failed',
  expected,
  found,
  ...(good ? {} : { remedy: 'Trust no identity in this certificate; ask who issued it.' }),
})

const uriNames = (certificate: X509Certificate): string[] =>
  (certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [])
    .filter(({ type }) => type === 'url')
    .map(({ value }) => value)

function checkUri(uris: readonly string[]): Check<SvidCheckId> {
  const good = uris.length === 1 && parseSpiffeId(uris[0] ?? '').ok
  return check('uri-san', good, 'exactly one URI name, a SPIFFE ID with a path', uris.join(', ') || 'no URI name')
}

function checkNotCa(leaf: X509Certificate): Check<SvidCheckId> {
  const ca = leaf.getExtension(BasicConstraintsExtension)?.ca === true
  return check('not-a-ca', !ca, 'a certificate that may not sign others', ca ? 'an authority' : 'no authority')
}

function checkKeyUsage(leaf: X509Certificate): Check<SvidCheckId> {
  const usage = leaf.getExtension(KeyUsagesExtension)
  const has = (flag: KeyUsageFlags): boolean => ((usage?.usages ?? 0) & flag) !== 0
  const signs = has(KeyUsageFlags.keyCertSign) || has(KeyUsageFlags.cRLSign)
  const good = usage?.critical === true && has(KeyUsageFlags.digitalSignature) && !signs
  const flags = [KeyUsageFlags.digitalSignature, KeyUsageFlags.keyCertSign, KeyUsageFlags.cRLSign]
  const names = flags.filter(has).map((flag) => KeyUsageFlags[flag])
  const found =
    usage === null ? 'no key usage' : `${usage?.critical ? 'critical' : 'not critical'}, ${names.join(', ')}`
  return check('key-usage', good, 'critical, digitalSignature, neither keyCertSign nor cRLSign', found)
}

function checkExtendedKeyUsage(leaf: X509Certificate): Check<SvidCheckId> {
  const usages = leaf.getExtension(ExtendedKeyUsageExtension)?.usages.map(String)
  const wanted: readonly string[] = [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]
  const good = usages === undefined || wanted.every((usage) => usages.includes(usage))
  return check(
    'extended-key-usage',
    good,
    'serverAuth and clientAuth, or none at all',
    usages?.map(purposeName).join(', ') ?? 'none',
  )
}

function checkTime(chain: readonly X509Certificate[], at: Date): Check<SvidCheckId> {
  const wrong = chain.find(({ notBefore, notAfter }) => at < notBefore || at > notAfter)
  const shown = wrong ?? chain[0]
  const found = `valid from ${shown?.notBefore.toISOString()} to ${shown?.notAfter.toISOString()}`
  return check('time', wrong === undefined, `valid at ${at.toISOString()}`, found)
}

async function checkChain(
  chain: readonly X509Certificate[],
  bundle: readonly X509Certificate[],
  at: Date,
): Promise<Check<SvidCheckId>> {
  const expected = 'each certificate signed by the next, the last one by an authority of the trust bundle'
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1]
    const issuers = next === undefined ? bundle : [next]
    let signed = false
    for (const issuer of issuers) signed ||= await isSignedBy(certificate, issuer, at)
    if (!signed) return check('chain', false, expected, `certificate ${index + 1} of ${chain.length} is not`)
  }
  return check('chain', true, expected, `${chain.length} in the chain, ${bundle.length} in the bundle`)
}

async function isSignedBy(certificate: X509Certificate, issuer: X509Certificate, at: Date): Promise<boolean> {
  const ca = issuer.getExtension(BasicConstraintsExtension)?.ca === true
  const usages = issuer.getExtension(KeyUsagesExtension)?.usages
  const maySign = ca && (usages === undefined || (usages & KeyUsageFlags.keyCertSign) !== 0)
  const valid = at >= issuer.notBefore && at <= issuer.notAfter
  if (!maySign || !valid || certificate.issuer !== issuer.subject) return false
  return certificate.verify({ publicKey: issuer, signatureOnly: true }).catch(() => false)
}

const unreadable = appError(
  'spire.svid-unreadable',
  'The workload’s certificates cannot be read.',
  'Check that the image runs our workload.',
  { expected: 'certificates in PEM, leaf first, and a trust bundle', found: 'something else' },
)
