import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import type { Agent } from 'undici'
import { appError } from '../domain/app-error.ts'
import { certificateMarks, certificatesInPem } from '../domain/certificates/pem.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readRegularText } from '../files/read-regular.ts'

/** The text of a CA file (PEM); an error when there is no certificate in it. */
export async function readCaFile(file: string): Promise<Result<string>> {
  const text = readRegularText(file, { maxBytes: maxFile })
  if (!text.ok) return err(unusable(file, text.error.found ?? text.error.what))
  const problem = caFileProblem(text.value)
  return problem === undefined ? text : err(unusable(file, problem))
}

/** A bundle of the well-known CAs holds less than 300 KB. */
const maxFile = 4 * 1024 * 1024

/** Why a text is no CA file, in words; undefined when it is one. */
export function caFileProblem(text: string): string | undefined {
  const certificates = certificatesInPem(text)
  const marks = certificateMarks(text)
  if (marks === 0) return 'no certificate'
  return certificates.length === marks && certificates.every(isCertificate)
    ? undefined
    : 'a certificate that cannot be read'
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
    'The CA file of the registry cannot be used.',
    `Write the CA’s certificate (PEM) into ${file}; those who run the registry have it.`,
    { expected: `certificates in PEM in ${file}`, found },
  )

/**
 * `fetch` that trusts the CAs in a file in addition to the well-known ones: a registry may redirect to a storage that has a
 * certificate from one of those. The file is read each time, so that a new one counts at once.
 */
export class CaFetch {
  readonly #file: string
  #made: { readonly text: string; readonly agent: Agent; readonly fetch: typeof fetch } | undefined

  constructor(file: string) {
    this.#file = file
  }

  async fetch(): Promise<Result<typeof fetch>> {
    const read = await readCaFile(this.#file)
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
