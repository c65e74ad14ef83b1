import { randomBytes } from 'node:crypto'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type AppError, appError } from '../../domain/app-error.ts'
import { formatImageReference, parseImageReference } from '../../domain/oci/image-reference.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readCaFile } from '../../network/ca-file.ts'
import { trustingAlso } from '../../network/ca-folder.ts'
import { type CommandOutcome, commandError, type OutputLine, runCommand, succeeded } from '../../process/command.ts'
import { firstSignal } from '../../process/first-signal.ts'
import type { Redactor } from '../../process/redactor.ts'
import { deviceCodeIn, type LoginOptions, loginFlags, usualLogin } from '../login/login-options.ts'
import { loginPages, mayBeOpened } from '../login/login-pages.ts'
import { type CosignRegistry, registryEnvironment, registryFlags } from './cosign-registry.ts'
import { signError } from './cosign-sign-errors.ts'
import { openerSocket } from './opener-socket.ts'

/** What our issuer reports about a login. */
export interface LoginEvent {
  readonly issuer: string
  /** The PKCE challenge in the login URL: identifies a login. */
  readonly login: string
  readonly state: 'waiting' | 'granted' | 'denied'
  /** Who logged in. */
  readonly persona: string | null
}

export interface SignOptions extends CosignRegistry {
  readonly cosign: string
  /** HOST[:PORT]/PATH@sha256:HEX, without a tag. */
  readonly reference: string
  readonly signingConfig: string
  readonly trustedRoot: string
  /** How the person logs in; as with the public Sigstore when left out. */
  readonly login?: LoginOptions
  /** A CA file (PEM) for Sigstore's services and the issuer, trusted in addition to the CAs that this machine knows. */
  readonly servicesCaFile?: string | undefined
  /** Written by cosign; an older one is removed first. */
  readonly bundleFile: string
  /** The folder of our `xdg-open`. */
  readonly openerDir: string
  /** The system Node that runs it. */
  readonly node: string
  /** Short: it holds a socket. */
  readonly runtimeDir: string
  /** An empty folder: cosign's home, and without a login of its own its Docker configuration too. */
  readonly homeDir: string
  readonly logFile: string
  /** The folder for the pid record of the running cosign: it can wait two minutes for a person. */
  readonly pidFolder: string
  readonly redactor?: Redactor
  readonly signal?: AbortSignal
  /** How long the person has to log in. cosign itself gives up after 120 s. */
  readonly timeoutMs: number
  /** An ID token that is there already: then no one logs in. */
  readonly identityToken?: string
  /**
   * Shows the login, or completes it. An error that it returns ends the signing with that error. The signal is aborted
   * when cosign ends. In the device flow, `code` is what the person enters there.
   */
  readonly onUrl: (url: string, signal: AbortSignal, code?: string) => Promise<Result<void>> | void
  /** Aborted when the person closed the login window without an answer. */
  readonly loginClosed?: AbortSignal
  /** The person has logged in; cosign continues. */
  readonly onGranted?: () => void
  readonly onCommand?: (argv: readonly string[]) => void
  readonly onLine?: (line: OutputLine, unmasked: string) => void
  /** Calls back for logins at our own issuer, which alone knows of a refusal; returns how to end that. */
  readonly loginEvents?: (listener: (event: LoginEvent) => void) => () => void
}

/** How a login failed on our side, while cosign still waited. */
type Interruption = 'closed' | 'timed-out' | 'failed'

const discoveryMs = 10_000
const beforeLoginMs = 30_000
const afterLoginMs = 60_000

/**
 * Signs one image digest with the real cosign through its real browser login, and returns the bundle that cosign wrote.
 * Errors: `login.denied`, `login.closed`, `login.timed-out`, `login.not-completed`, `run.cancelled`, and `cosign.…` for
 * everything that cosign reports about Fulcio, Rekor, the timestamp authority, the CT log or the registry.
 */
export async function signWithCosign(options: SignOptions): Promise<Result<{ readonly bundleFile: string }>> {
  const reference = parseImageReference(options.reference)
  if (!reference.ok) return reference
  if (reference.value.digest === undefined || reference.value.tag !== undefined) {
    return err(
      appError(
        'cosign.not-a-digest',
        'Only a digest is signed; a tag can point to something else a moment later.',
        'Use HOST/PATH@sha256:HEX.',
        {
          expected: 'HOST/PATH@sha256:HEX',
          found: options.reference,
        },
      ),
    )
  }
  const asked = firstSignal(AbortSignal.timeout(discoveryMs), options.signal)
  const pages = await loginPages(options.signingConfig, { signal: asked, caFile: options.servicesCaFile })
  if (!pages.ok) return pages
  // cosign passes over a file without a certificate in silence, and then knows no CA for the registry.
  const caFile = options.registryCaFile === undefined ? ok('') : await readCaFile(options.registryCaFile)
  if (!caFile.ok) return caFile
  const services = options.servicesCaFile === undefined ? [] : [options.servicesCaFile]
  const trusting = await trustingAlso(services, join(options.runtimeDir, 'services-ca'))
  if (!trusting.ok) return trusting
  await mkdir(options.homeDir, { recursive: true, mode: 0o700 })
  await mkdir(dirname(options.bundleFile), { recursive: true, mode: 0o700 })
  await rm(options.bundleFile, { force: true })

  const login = followLogin(options)
  let elsewhere: string | undefined
  const accepts = (url: string): boolean => {
    if (mayBeOpened(url, pages.value)) return true
    elsewhere ??= URL.canParse(url) ? new URL(url).origin : 'another text'
    return false
  }
  const socket = await openerSocket(options.runtimeDir, accepts, login.begin)
  const secret = await secretFile(options.runtimeDir, 'client', options.login?.clientSecret)
  const token = await secretFile(options.runtimeDir, 'id-token', options.identityToken)
  try {
    const argv = signArgv(options, formatImageReference(reference.value), { secret, token })
    options.onCommand?.([options.cosign, ...argv])
    const signals = [login.interrupted, ...(options.signal ? [options.signal] : [])]
    const outcome = await runCommand({
      program: options.cosign,
      args: argv,
      env: {
        ...registryEnvironment(options, options.homeDir),
        ...trusting.value,
        // Our opener first, then its Node. cosign needs no other program, except a credential helper.
        PATH: [options.openerDir, dirname(options.node), ...helpersPath(options)].join(':'),
        SIGSTORE_ATTESTOR_OPENER: socket.path,
      },
      timeoutMs: beforeLoginMs + options.timeoutMs + afterLoginMs,
      signal: firstSignal(...signals),
      logFile: options.logFile,
      pidFolder: options.pidFolder,
      ...(options.redactor ? { redactor: options.redactor } : {}),
      graceMs: 2_000,
      onLine: (line, printed) => {
        // Printed when cosign has an ID token: from here on no person is waited for.
        if (printed.startsWith('Signing artifact')) {
          login.granted()
          options.onGranted?.()
        }
        const device = deviceCodeIn(printed.trimEnd())
        if (device !== undefined) login.begin(device.address, device.code)
        options.onLine?.(line, printed)
      },
    })
    const signed = await conclude(outcome, options, login)
    return signed.ok || elsewhere === undefined ? signed : err({ ...signed.error, ...otherPage(elsewhere) })
  } finally {
    for (const file of [secret, token]) if (file !== undefined) await rm(file, { force: true })
    await socket.close()
    await login.end()
  }
}

/** A secret in a file that only this user can read, until cosign has ended: arguments are public on this machine. */
async function secretFile(runtimeDir: string, name: string, text: string | undefined): Promise<string | undefined> {
  if (text === undefined) return undefined
  const file = join(runtimeDir, `${name}-${randomBytes(4).toString('hex')}`)
  await writeFile(file, text, { mode: 0o600, flag: 'wx' })
  return file
}

const otherPage = (origin: string) =>
  ({
    code: 'login.other-page',
    what: 'cosign was to open a page that the issuer does not name as its login; it was not opened.',
    expected: 'the authorization_endpoint of the issuer’s discovery document',
    found: `a page at ${origin}`,
    remedy: 'Have those who run the OIDC provider correct its discovery document, then sign again.',
  }) as const

const signArgv = (
  options: SignOptions,
  reference: string,
  files: { readonly secret: string | undefined; readonly token: string | undefined },
): string[] => [
  'sign',
  '--yes',
  ...loginFlags(options.login ?? usualLogin, files.secret),
  ...(files.token === undefined ? [] : [`--identity-token=${files.token}`]),
  `--signing-config=${options.signingConfig}`,
  `--trusted-root=${options.trustedRoot}`,
  `--bundle=${options.bundleFile}`,
  ...registryFlags(options),
  reference,
]

const helpersPath = ({ dockerConfig }: SignOptions): readonly string[] =>
  dockerConfig === undefined ? [] : [process.env['PATH'] ?? '']

async function conclude(
  outcome: CommandOutcome,
  options: SignOptions,
  login: Login,
): Promise<Result<{ readonly bundleFile: string }>> {
  if (succeeded(outcome)) {
    const size = await stat(options.bundleFile).then(
      (file) => file.size,
      () => 0,
    )
    if (size > 0) return ok({ bundleFile: options.bundleFile })
    const remedy = 'Run `npm run doctor`: this cosign is not one that writes bundles.'
    return err(
      commandError(outcome, 'cosign.no-bundle', 'cosign ended well but wrote no bundle.', remedy, {
        found: 'no bundle',
      }),
    )
  }
  if (options.signal?.aborted === true) {
    return err(appError('run.cancelled', 'Signing was cancelled.', 'Sign again when you are ready.'))
  }
  const error = signError(outcome, options.logFile, options.redactor)
  if (outcome.kind === 'cancelled') {
    const why = login.interruption()
    if (why === 'failed') return err(await login.failure())
    return err({ ...error, ...(why === 'closed' ? closed : timedOut(options.timeoutMs)) })
  }
  if (outcome.kind === 'timed-out')
    return err({ ...error, code: 'cosign.timed-out', what: 'cosign did not come to an end.' })
  // cosign serves its success page to a refused login and then misses the code; only the issuer knows better.
  if (error.code === 'login.not-completed' && (await login.wasDenied())) return err({ ...error, ...denied })
  return err(error)
}

const denied = {
  code: 'login.denied',
  what: 'The login was denied; nothing was signed.',
  expected: 'a person who logs in',
  found: 'the login was denied at the issuer',
  remedy: 'Sign again and choose a person on the login page.',
} as const
const closed = {
  code: 'login.closed',
  what: 'The login window was closed; nothing was signed.',
  expected: 'a person who logs in',
  found: 'the window was closed without an answer',
  remedy: 'Sign again and answer the login page.',
} as const
const timedOut = (timeoutMs: number) =>
  ({
    code: 'login.timed-out',
    what: 'No login in time; nothing was signed.',
    expected: `a login within ${Math.round(timeoutMs / 1000)} s`,
    found: 'no answer on the login page',
    remedy: 'Sign again and answer the login page.',
  }) as const

interface Login {
  readonly begin: (url: string, code?: string) => void
  readonly granted: () => void
  /** Ends cosign if the login failed on our side. */
  readonly interrupted: AbortSignal
  readonly interruption: () => Interruption | undefined
  readonly failure: () => Promise<AppError>
  readonly wasDenied: () => Promise<boolean>
  readonly end: () => Promise<void>
}

/** Tracks one login from the URL to its answer. */
function followLogin(options: SignOptions): Login {
  const interrupted = new AbortController()
  const over = new AbortController()
  const deniedNow = new AbortController()
  let why: Interruption | undefined
  let failure: AppError | undefined
  let showing: Promise<void> = Promise.resolve()
  let bug: unknown
  let answered = false
  let challenge: string | null = null
  let deadline: NodeJS.Timeout | undefined
  const interrupt = (reason: Interruption): void => {
    // A window that closes after the login decides nothing.
    if (answered || why !== undefined || over.signal.aborted) return
    why = reason
    interrupted.abort()
  }
  const granted = (): void => {
    answered = true
    clearTimeout(deadline)
  }
  const forget = options.loginEvents?.(({ login, state }) => {
    if (login !== challenge || state === 'waiting') return
    granted()
    if (state === 'denied') deniedNow.abort()
  })
  const onClosed = (): void => interrupt('closed')
  options.loginClosed?.addEventListener('abort', onClosed, { once: true })
  const show = async (url: string, code: string | undefined): Promise<void> => {
    const shown = await options.onUrl(url, over.signal, code)
    // After cosign's end its silence means nothing.
    if (shown?.ok !== false || over.signal.aborted) return
    failure = shown.error
    interrupt('failed')
  }
  return {
    interrupted: interrupted.signal,
    interruption: () => why,
    failure: async () => failure ?? appError('login.failed', 'The login failed.', 'Sign again.'),
    granted,
    begin: (url, code) => {
      challenge = new URL(url).searchParams.get('code_challenge')
      deadline = setTimeout(() => interrupt('timed-out'), options.timeoutMs)
      if (options.loginClosed?.aborted === true) interrupt('closed')
      showing = show(url, code).catch((error: unknown) => {
        bug = error
        interrupt('failed')
      })
    },
    // The issuer's line comes through a pipe of its own and may arrive a moment after cosign's end.
    wasDenied: async () => {
      await delay(options.loginEvents ? 500 : 0, undefined, { signal: deniedNow.signal }).catch(() => undefined)
      return deniedNow.signal.aborted
    },
    end: async () => {
      clearTimeout(deadline)
      options.loginClosed?.removeEventListener('abort', onClosed)
      forget?.()
      over.abort()
      await showing
      if (bug !== undefined) throw bug
    },
  }
}
