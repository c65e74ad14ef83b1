import { z } from 'zod'
import { type AppError, appError } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { isDockerHub } from '../domain/oci/image-reference.ts'
import { visible } from '../domain/visible-text.ts'
import type { HttpAnswer, RegistryHost } from './registry-http.ts'

/** What was requested, in words. */
interface Asked {
  readonly what: string
  readonly expected: string
  readonly registry: RegistryHost
  readonly wrote?: boolean
}

/**
 * A registry's refusal, with its own words and what to do about it: `registry.too-many-requests` if it only wants a
 * later request, else `registry.refused`.
 */
export function refused({ what, expected, registry, wrote = false }: Asked, answer: HttpAnswer): AppError {
  const { status, body } = answer
  const said = saidBy(body)
  const found = `HTTP ${status}${said === '' ? '' : `: ${said}`}`
  if (status === 429)
    return appError('registry.too-many-requests', what, later(registry.host, answer), { expected, found })
  return appError('registry.refused', what, remedyFor(status, registry, wrote), { expected, found })
}

function remedyFor(status: number, registry: RegistryHost, wrote: boolean): string {
  const { host } = registry
  const may = wrote ? 'write there' : 'read it'
  if (status === 401) {
    // Docker Hub does not distinguish a missing repository from a private one.
    const absent = isDockerHub(host) ? ' Docker Hub says this also of a repository that does not exist.' : ''
    return `Name a Docker configuration with credentials that may ${may} under "dockerConfig"; \`docker login\` writes one.${absent}`
  }
  if (status === 403) return `Log in with an account that may ${may}, or ask those who run ${host} to allow it.`
  return 'Look into the registry\u2019s log, then try again.'
}

/** What to do about a rate limit: a login has a higher one, and every limit ends. */
function later(host: string, { headers }: HttpAnswer): string {
  const after = headers.get('retry-after')
  const when = after !== null && /^[0-9]{1,6}$/.test(after) ? `${after} seconds` : 'a while'
  return `Wait ${when}, then try again; or name a Docker configuration with a login at ${host} under "dockerConfig", which is allowed more.`
}

const errors = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) })

/** Whether a body has a registry's own error in it, and so comes from one. */
export const isRegistryError = (body: Buffer): boolean =>
  errors.safeParse(parseJson(body.toString('utf8', 0, 4_000))).success

/** The registry's own message (OCI distribution spec, "error codes"), short and harmless. */
function saidBy(body: Buffer): string {
  const text = body.toString('utf8', 0, 4_000)
  // Not every answer is one of the registry's.
  const parsed = errors.safeParse(parseJson(text))
  const said = parsed.success ? (parsed.data.errors[0]?.message ?? '') : text
  return visible(said.trim().replaceAll(/\s+/g, ' ')).slice(0, 300)
}
