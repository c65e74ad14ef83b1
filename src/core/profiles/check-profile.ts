import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryOf } from '../attestor/trust-root.ts'
import { type AppError, appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readTrustedRoot, type TrustedRoot } from '../domain/trust.ts'
import type { Check } from '../domain/verdict.ts'
import { fetchTrustedRoot, keptTrustedRoot } from '../sigstore/tuf-root.ts'
import { checkRegistry, checkSpire } from './place-checks.ts'
import type { ServicesProfile } from './profile-schema.ts'
import {
  type Asking,
  checkClock,
  checkFulcio,
  checkFulcioLogin,
  checkLogin,
  checkRekor,
  checkTimestampAuthority,
  type Finding,
} from './service-checks.ts'

/** What is looked at, in the order in which it is told. */
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

/** How long one service has to answer, in milliseconds. */
const patienceMs = 10_000

/**
 * Looks whether the services of a profile are there, belong together, and are those of its trusted root. Nothing is
 * signed, written or logged in to; each service is asked for what it tells everybody.
 */
export async function checkProfile(options: CheckProfileOptions): Promise<readonly Check<ProfileCheckId>[]> {
  const { profile, env } = options
  const signal = () => AbortSignal.any([options.signal, AbortSignal.timeout(patienceMs)])
  const { finding, trust } = await trustedRoot(options, signal())
  const asking = (): Asking => ({ profile, trust: trust ?? nobody, signal: signal() })
  // Whether a service is one of the trusted root's is not known without one.
  const held = (look: (asking: Asking) => Promise<Finding>): Promise<Finding> | Finding =>
    trust === undefined ? unheld : look(asking())
  const looks: readonly (readonly [ProfileCheckId, Promise<Finding> | Finding])[] = [
    ['trusted root', finding],
    ['login', checkLogin(asking())],
    ['fulcio', held(checkFulcio)],
    ['fulcio and login', checkFulcioLogin(asking())],
    ['rekor', held(checkRekor)],
    ['timestamp authority', held(checkTimestampAuthority)],
    ['clock', checkClock(asking())],
    ['registry', checkRegistry(profile, env, signal())],
    ['spire', checkSpire(profile, env, signal())],
  ]
  return Promise.all(looks.map(async ([id, look]) => ({ id, ...(await look) })))
}

const nobody: TrustedRoot = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [] }

const unheld: Finding = {
  verdict: 'not-checked',
  expected: 'a service of the trusted root',
  found: 'no trusted root to hold it against',
  remedy: 'Mend the trusted root first.',
}

async function trustedRoot(
  { profile, cache }: CheckProfileOptions,
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly trust?: TrustedRoot }> {
  const expected = 'a trusted root'
  const source = profile.sigstore.trustedRoot
  const read = typeof source === 'string' ? await fromFile(source) : await byTuf(source.tuf, cache, signal)
  const trust = read.ok ? readTrustedRoot(read.value.json) : read
  if (!read.ok || !trust.ok) return { finding: unusable(expected, trust.ok ? undefined : trust.error) }
  const { logs, ctLogs, certificateAuthorities, timestampAuthorities } = trust.value
  const counts = [
    `certificate authorities: ${certificateAuthorities.length}`,
    `CT logs: ${ctLogs.length}`,
    `transparency logs: ${logs.length}`,
    `timestamp authorities: ${timestampAuthorities.length}`,
  ]
  return {
    finding: { verdict: 'passed', expected, found: [...counts, ...read.value.notes].join('; ') },
    trust: trust.value,
  }
}

const unusable = (expected: string, error: AppError | undefined): Finding => ({
  verdict: error?.code === 'sigstore.tuf-unreachable' ? 'could-not-check' : 'failed',
  expected,
  found: error?.found ?? error?.what ?? 'nothing',
  remedy: error?.remedy ?? 'Name a trusted root.',
})

interface RootText {
  readonly json: string
  readonly notes: readonly string[]
}

async function fromFile(file: string): Promise<Result<RootText>> {
  const json = await readFile(file, 'utf8').catch((error: Error) => error)
  if (typeof json === 'string') return ok({ json, notes: [] })
  const error = { expected: 'a file that can be read', found: json.message }
  return err(appError('sigstore.trusted-root', 'The trusted root cannot be read.', `Look at ${file}.`, error))
}

/** The newest that the repository has; where it does not answer, the last one that was fetched, with its age. */
async function byTuf(
  tuf: { readonly mirror: string; readonly root?: string | undefined },
  cache: string,
  signal: AbortSignal,
): Promise<Result<RootText>> {
  const repository = await repositoryOf({ ...tuf, cache: join(cache, 'tuf') })
  if (!repository.ok) return repository
  const fetched = await fetchTrustedRoot(repository.value, signal)
  if (fetched.ok) return ok({ json: fetched.value.json, notes: [`by TUF, until ${fetched.value.expires}`] })
  const kept = await keptTrustedRoot(repository.value)
  if (!kept.ok) return fetched
  return ok({ json: kept.value.json, notes: [`by TUF, offline: confirmed last at ${kept.value.confirmedAt}`] })
}
