import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import type { Agent } from 'undici'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** The authorities (PEM) in a file, for TLS; an error when there is none in it. */
export async function readTlsAuthority(file: string): Promise<Result<string>> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error)
  if (typeof text !== 'string') return err(unusable(file, text.message))
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0) return err(unusable(file, 'no certificate'))
  return certificates.every(isCertificate) ? ok(text) : err(unusable(file, 'a certificate that cannot be read'))
}

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

const unusable = (file: string, found: string) =>
  appError(
    'registry.tls-authority',
    'The authority of the registry’s certificate cannot be used.',
    `Write the authority’s certificate (PEM) into ${file}; those who run the registry have it.`,
    { expected: `certificates in PEM in ${file}`, found },
  )

/**
 * `fetch` that believes the authorities in a file besides the well-known ones: a registry may send on to a storage that
 * everybody knows. The file is read each time, so that a new one counts at once.
 */
export class AuthorityFetch {
  readonly #file: string
  #made: { readonly text: string; readonly agent: Agent; readonly fetch: typeof fetch } | undefined

  constructor(file: string) {
    this.#file = file
  }

  async fetch(): Promise<Result<typeof fetch>> {
    const read = await readTlsAuthority(this.#file)
    if (!read.ok) return read
    if (this.#made?.text !== read.value) {
      // Loaded only where it is needed: it takes a tenth of a second.
      const undici = await import('undici')
      await this.close()
      const agent = new undici.Agent({ connect: { ca: [...rootCertificates, read.value] } })
      this.#made = {
        text: read.value,
        agent,
        fetch: (url, init) => undici.fetch(url, { ...init, dispatcher: agent }),
      }
    }
    return ok(this.#made.fetch)
  }

  /** Lets go of the connections; what is under way ends first. */
  async close(): Promise<void> {
    const agent = this.#made?.agent
    this.#made = undefined
    await agent?.close()
  }
}
