import { createHash, createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { certificatesInPem, derOfPem } from '../domain/certificates/pem.ts'
import type { TrustedAuthority, TrustedRoot } from '../domain/certificates/trust.ts'
import { matchesIssuerPattern } from '../domain/issuers.ts'
import { parseJson } from '../domain/json.ts'
import type { Check } from '../domain/verdict.ts'
import type { NoConnection } from '../network/no-connection.ts'
import { type AskHow, below } from '../sigstore/logs/ask.ts'
import { askService } from './ask-service.ts'
import type { ServicesProfile } from './profile-schema.ts'

/** The result of checking a service. */
export type Finding = Omit<Check, 'id'>

/** What the checks share. */
export interface Asking {
  readonly profile: ServicesProfile
  readonly trust: TrustedRoot
  readonly signal: AbortSignal
}

/** How a profile's services are asked. */
export const how = ({ profile, signal }: Pick<Asking, 'profile' | 'signal'>): AskHow => ({
  signal,
  caFile: profile.sigstore.caFile,
})

export const passed = (expected: string, found: string): Finding => ({ verdict: 'passed', expected, found })
export const failed = (expected: string, found: string, remedy: string): Finding => ({
  verdict: 'failed',
  expected,
  found,
  remedy,
})
export const unasked = (expected: string, found: string | NoConnection): Finding => ({
  verdict: 'could-not-check',
  expected,
  remedy: 'Start the service or fix the connection, or correct its address in the profile.',
  ...(typeof found === 'string' ? { found } : found),
})

const address = z.string().max(2_000).optional()
const issuerEntry = z.object({ issuerUrl: address, wildcardIssuerUrl: address, audience: z.string().optional() })
// An entry of another form says nothing about the others.
const configuration = z.object({ issuers: z.array(issuerEntry.nullable().catch(null)) })

/**
 * Fulcio issues certificates for this OIDC issuer and the client that logs in (fulcio.proto, GetConfiguration): an
 * issuer that it names, else one that a pattern of its fits.
 */
export async function checkFulcioLogin({ profile, signal }: Asking): Promise<Finding> {
  const { issuer } = profile
  const expected = `Fulcio trusts ${issuer}`
  const answer = await askService(below(profile.sigstore.fulcio.url, 'api/v2/configuration'), how({ profile, signal }))
  if (!answer.ok) return unasked(expected, answer.error)
  const read = configuration.safeParse(parseJson(answer.value.text))
  if (!read.success) return unasked(expected, `HTTP ${answer.value.status} without a list of issuers`)
  const issuers = read.data.issuers.filter((each) => each !== null)
  const own =
    issuers.find(({ issuerUrl }) => issuerUrl === issuer) ??
    issuers.find(({ wildcardIssuerUrl }) => wildcardIssuerUrl && matchesIssuerPattern(wildcardIssuerUrl, issuer))
  if (own === undefined) {
    const known = issuers.map(({ issuerUrl, wildcardIssuerUrl }) => issuerUrl || wildcardIssuerUrl || '')
    return failed(
      expected,
      known.join(', ').slice(0, 1000),
      'Name an issuer that this Fulcio trusts, or another Fulcio.',
    )
  }
  const { clientId } = profile.login
  if (own.audience && own.audience !== clientId) {
    return failed(
      `${expected}, and tokens for the client ${clientId}`,
      `tokens for the client ${own.audience.slice(0, 300)}`,
      `Write "clientId": "${own.audience.slice(0, 300)}" below "login", if the OIDC provider knows it by that id; else have Fulcio's operator accept ${clientId}.`,
    )
  }
  const by = own.issuerUrl === issuer ? `it is one of ${issuers.length}` : `by its pattern ${own.wildcardIssuerUrl}`
  return passed(expected, by)
}

const trustBundle = z.object({ chains: z.array(z.object({ certificates: z.array(z.string()).min(1) })).min(1) })

/** The trusted root contains Fulcio's CA (fulcio.proto, GetTrustBundle). */
export async function checkFulcio({ profile, trust, signal }: Asking): Promise<Finding> {
  const expected = 'an authority of the trusted root'
  const answer = await askService(below(profile.sigstore.fulcio.url, 'api/v2/trustBundle'), how({ profile, signal }))
  if (!answer.ok) return unasked(expected, answer.error)
  const read = trustBundle.safeParse(parseJson(answer.value.text))
  if (!read.success) return unasked(expected, `HTTP ${answer.value.status} without certificates`)
  const roots = read.data.chains.flatMap(({ certificates }) => fingerprintsOf(certificates.at(-1) ?? ''))
  return isKnown(roots, trust.certificateAuthorities)
    ? passed(expected, nameOf(roots))
    : failed(expected, `another one: ${nameOf(roots)}`, otherInstance)
}

/**
 * The trusted root contains the CA that signs the timestamps. Only Sigstore's own authority publishes its certificates
 * (timestamp-authority, openapi.yaml); RFC 3161 knows no such request, and signing does not need it.
 */
export async function checkTimestampAuthority({ profile, trust, signal }: Asking): Promise<Finding> {
  const address = profile.sigstore.timestampAuthority?.url
  if (address === undefined) {
    return { verdict: 'not-present', expected: 'none: Rekor v1 signs the time', found: 'none in the profile' }
  }
  const expected = 'an authority of the trusted root'
  const answer = await askService(below(address, 'certchain'), { ...how({ profile, signal }), pagesToo: true })
  if (!answer.ok) return unasked(expected, answer.error)
  const { status, text } = answer.value
  const chain = status === 200 ? fingerprintsOf(text) : []
  if (status >= 500 && status !== notImplemented) return unasked(expected, `HTTP ${status}`)
  if (chain.length === 0) {
    const found = `it answers (HTTP ${status}), and serves no certificates that would show which authority it is`
    return { verdict: 'not-checked', expected, found }
  }
  return isKnown(chain.slice(-1), trust.timestampAuthorities)
    ? passed(expected, nameOf(chain.slice(-1)))
    : failed(expected, `another one: ${nameOf(chain.slice(-1))}`, otherInstance)
}

/** The trusted root contains the log's key, which the log publishes (Rekor v1, openapi getPublicKey). */
async function checkRekorV1({ profile, trust, signal }: Asking): Promise<Finding> {
  const answer = await askService(below(profile.sigstore.rekor.url, 'api/v1/log/publicKey'), how({ profile, signal }))
  if (!answer.ok) return unasked(aLog, answer.error)
  const key = derOfKey(answer.value.text)
  if (key === undefined) return unasked(aLog, `HTTP ${answer.value.status} without a key`)
  const known = trust.logs.some(({ publicKey }) => key.equals(publicKey))
  const id = `log ${sha256(key).slice(0, 16)}…`
  return known ? passed(aLog, id) : failed(aLog, `another one: ${id}`, otherInstance)
}

/**
 * The trusted root contains the log by the name on its checkpoints: the host of its address there (sigstore-go,
 * pkg/verify/tlog.go). The server that takes entries serves no checkpoint; if nothing else does, it is not revealed.
 */
async function checkRekorV2({ profile, trust, signal }: Asking): Promise<Finding> {
  const answer = await askService(below(profile.sigstore.rekor.url, 'api/v2/checkpoint'), how({ profile, signal }))
  if (!answer.ok) return unasked(aLog, answer.error)
  const { status, text } = answer.value
  if (status >= 500 && status !== notImplemented) return unasked(aLog, `HTTP ${status}`)
  if (status !== 200) {
    const found = `it answers (HTTP ${status}), and serves no checkpoint that would show which log it is`
    return { verdict: 'not-checked', expected: aLog, found }
  }
  const origin = (text.split('\n')[0] ?? '').slice(0, 500)
  const known = trust.logs.some(({ baseUrl }) => URL.canParse(baseUrl) && new URL(baseUrl).hostname === origin)
  return known ? passed(aLog, origin) : failed(aLog, `another one: ${origin}`, otherInstance)
}

/** The log is one of the trusted root. */
export const checkRekor = (asking: Asking): Promise<Finding> =>
  asking.profile.sigstore.rekor.version === 1 ? checkRekorV1(asking) : checkRekorV2(asking)

const aLog = 'a log of the trusted root'
const notImplemented = 501

/** Certificates are valid for ten minutes: this machine's clock and Fulcio's may differ by less than that. */
export async function checkClock({ profile, signal }: Asking): Promise<Finding> {
  const expected = `at most ${mostSeconds} seconds from Fulcio’s clock`
  const before = Date.now()
  const answer = await askService(below(profile.sigstore.fulcio.url, 'api/v2/configuration'), how({ profile, signal }))
  if (!answer.ok) return unasked(expected, answer.error)
  if (answer.value.time === undefined) return unasked(expected, 'an answer without a time')
  // The header counts whole seconds, and the response took a while.
  const { time } = answer.value
  const seconds = time > Date.now() ? time - Date.now() : Math.max(0, before - time)
  const apart = `${Math.round(seconds / 1000)} seconds`
  return seconds <= mostSeconds * 1000
    ? passed(expected, apart)
    : failed(expected, apart, 'Set this machine’s clock: timedatectl set-ntp true')
}

const mostSeconds = 60

const otherInstance = 'Name the trusted root of this very instance, or the instance of this trusted root.'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** SHA-256 of each certificate in a PEM text, in order. */
const fingerprintsOf = (pem: string): readonly string[] =>
  certificatesInPem(pem).map((each) => sha256(derOfPem(each) ?? new Uint8Array()))

const isKnown = (roots: readonly string[], authorities: readonly TrustedAuthority[]): boolean =>
  authorities.some(({ chain }) => chain.some((certificate) => roots.includes(sha256(certificate))))

const nameOf = (roots: readonly string[]): string => roots.map((root) => `${root.slice(0, 16)}…`).join(', ')

function derOfKey(pem: string): Buffer | undefined {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}
