import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { AskHow } from '../logs/ask.ts'
import { askDiscovery, isLoginPage } from './discovery.ts'

const signingConfigSchema = z.object({ oidcUrls: z.array(z.object({ url: z.url() })).min(1) })

/** The issuers that a signing config names, and their login pages. */
export interface LoginPages {
  readonly issuers: readonly string[]
  /** As the issuers' discovery documents name them. */
  readonly pages: readonly URL[]
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
    issuers: issuers.value,
    pages: found.flatMap((each) => (each.ok ? [each.value.authorizationEndpoint] : [])),
  })
}

/**
 * Whether an address may be opened: a login page, or any page of an issuer that could not be asked, as cosign asked it
 * itself a moment later.
 */
export function mayBeOpened(address: string, { issuers, pages }: LoginPages): boolean {
  if (pages.length > 0) return isLoginPage(address, pages)
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return /^https?:$/.test(url.protocol) && issuers.some((issuer) => new URL(issuer).origin === url.origin)
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
