import type { AppError } from '../domain/app-error.ts'
import { readTrustedRoot, type TrustedRoot } from '../domain/certificates/trust.ts'
import type { Result } from '../domain/result.ts'
import type { Check } from '../domain/verdict.ts'
import { firstSignal } from '../process/first-signal.ts'
import { readTrust } from '../sigstore/trust/trust-material.ts'
import { checkLogin } from './login-checks.ts'
import { checkRegistry, checkSpire } from './place-checks.ts'
import type { ServicesProfile } from './profile-schema.ts'
import {
  type Asking,
  checkClock,
  checkFulcio,
  checkFulcioLogin,
  checkRekor,
  checkTimestampAuthority,
  type Finding,
} from './service-checks.ts'
import { type RootText, trustedRootOf } from './trusted-root.ts'

/** What is checked, in the order in which it is reported. */
export type ProfileCheckId =
  | 'trusted root'
  | 'login'
  | 'fulcio'
  | 'fulcio and login'
  | 'rekor'
  | 'timestamp authority'
  | 'clock'
  | 'registry'
  | 'spire'

export interface CheckProfileOptions {
  readonly profile: ServicesProfile
  /** The folder for what is fetched by TUF. */
  readonly cache: string
  readonly env: Readonly<NodeJS.ProcessEnv>
  readonly signal: AbortSignal
}

/** The result. */
export interface ProfileReport {
  readonly checks: readonly Check<ProfileCheckId>[]
  /** The parsed profile, for further use. */
  readonly trustedRoot: string | null
}

/** Whether nothing has to be fixed: optional things that are missing, and what no service reveals, have no remedy. */
export const isFine = ({ verdict, remedy }: Check): boolean =>
  verdict === 'passed' || (['not-present', 'not-checked'].includes(verdict) && remedy === undefined)

/** The time limit of one service, in milliseconds. */
const patienceMs = 10_000

/**
 * Checks whether the services of a profile exist, belong together, and are those of its trusted root. Nothing is
 * signed, written or logged in to; only public information is requested.
 */
export async function checkProfile(options: CheckProfileOptions): Promise<ProfileReport> {
  const { profile, env, cache } = options
  const signal = () => firstSignal(options.signal, AbortSignal.timeout(patienceMs))
  const root = await trustedRootOf(profile, cache, signal())
  const { finding, trust } = trustedRoot(root)
  const asking = (): Asking => ({ profile, trust: trust ?? emptyTrust, signal: signal() })
  // Without one it is unknown whether a service is one of the trusted root's.
  const held = (look: (asking: Asking) => Promise<Finding>): Promise<Finding> | Finding =>
    trust === undefined ? unheld : look(asking())
  const looks: readonly (readonly [ProfileCheckId, Promise<Finding> | Finding])[] = [
    ['trusted root', finding],
    ['login', checkLogin(asking(), env)],
    ['fulcio', held(checkFulcio)],
    ['fulcio and login', checkFulcioLogin(asking())],
    ['rekor', held(checkRekor)],
    ['timestamp authority', held(checkTimestampAuthority)],
    ['clock', checkClock(asking())],
    ['registry', checkRegistry(profile, env, signal())],
    ['spire', checkSpire(profile, env, signal())],
  ]
  const checks = await Promise.all(looks.map(async ([id, look]) => ({ id, ...(await look) })))
  return { checks, trustedRoot: root.ok ? root.value.json : null }
}

const emptyTrust: TrustedRoot = {
  logs: [],
  ctLogs: [],
  certificateAuthorities: [],
  timestampAuthorities: [],
  unusable: [],
}

const unheld: Finding = {
  verdict: 'not-checked',
  expected: 'a service of the trusted root',
  found: 'no trusted root to hold it against',
  remedy: 'Fix the trusted root first.',
}

function trustedRoot(read: Result<RootText>): { readonly finding: Finding; readonly trust?: TrustedRoot } {
  const expected = 'a trusted root'
  const used = read.ok ? readTrust(read.value.json) : read
  const trust = read.ok ? readTrustedRoot(read.value.json) : read
  if (!used.ok) return { finding: unusable(expected, used.error) }
  if (!read.ok || !trust.ok) return { finding: unusable(expected, trust.ok ? undefined : trust.error) }
  // Those that can be used.
  const { tlogs, ctlogs, certificateAuthorities } = used.value.material
  const { timestampAuthorities } = used.value
  const counts = [
    `certificate authorities: ${certificateAuthorities.length}`,
    `CT logs: ${ctlogs.length}`,
    `transparency logs: ${tlogs.length}`,
    `timestamp authorities: ${timestampAuthorities.length}`,
  ]
  const found = [...counts, ...used.value.unusable, ...read.value.notes].join('; ')
  const verifies = certificateAuthorities.length > 0 && tlogs.length + timestampAuthorities.length > 0
  const finding: Finding = verifies
    ? { verdict: 'passed', expected, found }
    : {
        verdict: 'failed',
        expected: 'a trusted root with a certificate authority, and a transparency log or a timestamp authority',
        found,
        remedy: 'Name the trusted root of your Sigstore, or make it again.',
      }
  return { finding, trust: trust.value }
}

const unusable = (expected: string, error: AppError | undefined): Finding => ({
  verdict: error?.code === 'sigstore.tuf-unreachable' ? 'could-not-check' : 'failed',
  expected,
  found: error?.found ?? error?.what ?? 'nothing',
  remedy: error?.remedy ?? 'Name a trusted root.',
})
