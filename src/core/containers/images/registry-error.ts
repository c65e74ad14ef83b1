import { type AppError, appError, type ErrorCode } from '../../domain/app-error.ts'
import type { Engine } from '../engine/engine.ts'

/** The attempted action, on which image, and by whom. */
export interface Moved {
  readonly verb: 'push' | 'pull'
  /** HOST/PATH, with a tag or digest. */
  readonly reference: string
  readonly engine: Pick<Engine, 'name' | 'ours'>
  /** Whether a login was sent along. */
  readonly loggedIn?: boolean
}

interface Row {
  readonly code: ErrorCode
  /** What engines pass on: Docker Engine 20.10 and 28.5, and what they repeat of registries. */
  readonly pattern: RegExp
  readonly what: (moved: Moved) => string
  readonly remedy: (moved: Moved) => string
  readonly expected: (moved: Moved) => string
}

const hostOf = ({ reference }: Moved): string => reference.replace(/\/.*$/s, '')
const unreached = ({ reference }: Moved): string => `The engine could not reach ${reference}.`
const answers = ({ reference }: Moved): string => `a registry that answers for ${reference}`
const takes = ({ verb }: Moved): string => `a registry that accepts the ${verb}`
const trusted = (moved: Moved): string => `a certificate for ${hostOf(moved)}, good today, from a known CA`

/** Where an engine looks for the CA of a registry; it reads them at each push and pull. */
const caPlace = (moved: Moved): string =>
  `/etc/${moved.engine.name === 'Podman' ? 'containers' : 'docker'}/certs.d/${hostOf(moved)}/ca.crt`

const rows: readonly Row[] = [
  {
    code: 'registry.down',
    pattern: /connection refused/i,
    what: unreached,
    remedy: () => 'Start the registry (in the sandbox: run the sandbox step again).',
    expected: answers,
  },
  {
    code: 'registry.plain-http',
    pattern: /HTTP response to HTTPS client/i,
    what: unreached,
    remedy: () =>
      'Name the registry by a loopback address, or list it under "insecure-registries" in the engine’s configuration.',
    expected: ({ reference }) => `${reference} served over TLS, or a loopback address`,
  },
  {
    code: 'registry.tls',
    pattern: /x509: certificate signed by unknown authority|x509: .*not trusted/i,
    what: (moved) => `The engine does not know the CA of the certificate of ${hostOf(moved)}.`,
    remedy: (moved) =>
      moved.engine.ours
        ? 'Name its file (PEM) as "caFile" in the profile; the engine knows it from its next start on.'
        : `Get it (PEM) from those who run the registry, and put it at ${caPlace(moved)}; the engine need not be started again.`,
    expected: trusted,
  },
  {
    code: 'registry.tls',
    pattern: /x509: certificate has expired or is not yet valid/i,
    what: (moved) => `The certificate of ${hostOf(moved)} has expired, or is not valid yet.`,
    remedy: (moved) => `Look at this machine’s clock; then have those who run ${hostOf(moved)} renew it.`,
    expected: trusted,
  },
  {
    code: 'registry.tls',
    pattern: /x509: |tls: failed to verify/i,
    what: (moved) => `The certificate that answers at ${hostOf(moved)} is not one for that name.`,
    remedy: (moved) =>
      `Name the registry as its certificate does, or have those who run it make one for ${hostOf(moved)}.`,
    expected: trusted,
  },
  {
    code: 'registry.too-many-requests',
    pattern: /toomanyrequests|429 Too Many Requests|HTTP 429|rate limit/i,
    what: (moved) => `${hostOf(moved)} limits how often it is queried.`,
    remedy: (moved) =>
      moved.loggedIn === true
        ? 'Wait, then try again: the limit ends by itself.'
        : `Wait, then try again; or log in, who does is allowed more: docker login ${hostOf(moved)}.`,
    expected: takes,
  },
  {
    // Docker Hub does not distinguish a missing repository from a private one.
    code: 'registry.denied',
    pattern: /repository does not exist/i,
    what: ({ reference }) => `There is no repository for ${reference}, or it is not public.`,
    remedy: (moved) => `Look whether its name is right; then log in: docker login ${hostOf(moved)}.`,
    expected: takes,
  },
  {
    code: 'registry.not-found',
    pattern: /manifest unknown|name unknown|repository name not known/i,
    what: ({ reference }) => `The registry does not have ${reference}.`,
    remedy: ({ verb }) =>
      verb === 'push' ? 'Have the repository made, or correct its name.' : 'Push it first, or correct its name.',
    expected: ({ reference }) => reference,
  },
  {
    code: 'registry.denied',
    pattern: /denied|insufficient_scope|forbidden/i,
    what: ({ verb, reference }) => `The registry does not let you ${verb} ${verb === 'push' ? 'to ' : ''}${reference}.`,
    remedy: (moved) =>
      moved.loggedIn === true
        ? `Ask those who run ${hostOf(moved)} to allow it, or log in with an account that may: docker login ${hostOf(moved)}.`
        : `Log in with an account that may: docker login ${hostOf(moved)}. Name those credentials in the profile.`,
    expected: takes,
  },
  {
    code: 'registry.denied',
    pattern: /unauthorized|no basic auth|authentication required|incorrect username/i,
    what: (moved) =>
      moved.loggedIn === true
        ? `${hostOf(moved)} does not accept the login for ${moved.reference}.`
        : `${hostOf(moved)} asks for a login.`,
    remedy: (moved) =>
      moved.loggedIn === true
        ? `Log in again with an account that may ${moved.verb} there: docker login ${hostOf(moved)}.`
        : `Log in: docker login ${hostOf(moved)}. Name those credentials in the profile.`,
    expected: takes,
  },
  {
    code: 'engine.missing',
    pattern: /does not exist locally|no such image|tag does not exist/i,
    what: ({ reference }) => `There is no image ${reference} to push.`,
    remedy: () => 'Build the image, then push again.',
    expected: () => 'an image of that name',
  },
]

/** A registry's refusal as the engine passes it on, and how to fix it. */
export function registryError(message: string, moved: Moved): AppError {
  const row = rows.find(({ pattern }) => pattern.test(message))
  if (row === undefined) {
    const what = `The ${moved.verb} of ${moved.reference} failed.`
    return appError('registry.refused', what, 'Read what the registry said below.', {
      expected: takes(moved),
      found: message,
    })
  }
  return appError(row.code, row.what(moved), row.remedy(moved), { expected: row.expected(moved), found: message })
}
