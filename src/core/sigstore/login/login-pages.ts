import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { AskHow } from '../logs/ask.ts'
import { askDiscovery, isLoginPage } from './discovery.ts'

const signingConfigSchema = z.object({ oidcUrls: z.array(z.object({ url: z.url() })).min(1) })

/** What may be opened for the issuers that a signing config names. */
export interface LoginPages {
  /** As the issuers' discovery documents name them. */
  readonly pages: readonly URL[]
  /** Issuers that could not be asked. */
  readonly unasked: readonly string[]
}

/**
 * The login pages of a signing config's issuers: only they are ever opened. An issuer that says nothing usable about
 * itself has none; cosign then reports why.
 */
export async function loginPages(signingConfig: string, how: AskHow): Promise<Result<LoginPages>> {
  const issuers = await issuersOf(signingConfig)
  if (!issuers.ok) return issuers
  const found = await Promise.all(issuers.value.map((issuer) => askDiscovery(issuer, how)))
  return ok({
    pages: found.flatMap((each) => (each.ok ? [each.value.authorizationEndpoint] : [])),
    unasked: issuers.value.filter((_, at) => {
      const answer = found[at]
      return answer?.ok === false && answer.error.why === 'no-answer'
    }),
  })
}

/**
 * Whether an address may be opened: a login page, or any page of an issuer that could not be asked, as cosign asked it
 * itself a moment later.
 */
export function mayBeOpened(address: string, { pages, unasked }: LoginPages): boolean {
  if (!URL.canParse(address)) return false
  if (isLoginPage(address, pages)) return true
  const url = new URL(address)
  return /^https?:$/.test(url.protocol) && unasked.some((issuer) => new URL(issuer).origin === url.origin)
}

async function issuersOf(file: string): Promise<Result<readonly string[]>> {
  try {
    const { oidcUrls } = signingConfigSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    return ok(oidcUrls.map(({ url }) => url))
  } catch (error) {
    return err(
      appError(
        'cosign.signing-config',
        'The signing config cannot be used.',
        'Start the story again: it writes a new one.',
        {
          expected: `a signing config with an issuer in ${file}`,
          found: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
        },
      ),
    )
  }
}
