import { X509Certificate } from 'node:crypto'
import { appError } from '../domain/app-error.ts'
import { certificateMarks, certificatesInPem } from '../domain/certificates/pem.ts'
import { err, type Result } from '../domain/result.ts'
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
    'A CA file cannot be used.',
    `Write the CA’s certificate (PEM) into ${file}; those who run the service have it.`,
    { expected: `certificates in PEM in ${file}`, found },
  )
