import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { certificateMarks, certificatesInPem } from '../domain/certificates/pem.ts'
import { readRegularText } from '../files/read-regular.ts'

/** The CAs of this machine's certificate store. */
export interface SystemCas {
  /** PEM, one certificate each, each once. */
  readonly certificates: readonly string[]
  /** What variables name and what holds no certificate, in words. It matters only where a CA is missing. */
  readonly problems: readonly string[]
}

/** The folder and file names that Go programs read (crypto/x509, root_linux.go): so docker and cosign know the same CAs. */
const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
const systemFolders = ['/etc/ssl/certs', '/etc/pki/tls/certs']
const largest = 4 * 1024 * 1024
const mostFiles = 4_000

type Env = Readonly<Record<string, string | undefined>>

interface Places {
  readonly files: readonly string[]
  readonly folders: readonly string[]
  /** Variables and what they name. */
  readonly named: readonly { readonly variable: string; readonly path: string }[]
}

/** What Go reads when SSL_CERT_DIR is not set. */
export const systemCaFolders = (env: Env): string => env['SSL_CERT_DIR'] || systemFolders.join(':')

function placesOf(env: Env): Places {
  const [file, folders, extra] = [env['SSL_CERT_FILE'], env['SSL_CERT_DIR'], env['NODE_EXTRA_CA_CERTS']]
  const list = folders ? folders.split(':').filter((each) => each !== '') : systemFolders
  return {
    files: [...(file ? [file] : systemFiles), ...(extra ? [extra] : [])],
    folders: list,
    named: [
      ...(file ? [{ variable: 'SSL_CERT_FILE', path: file }] : []),
      ...(folders ? list.map((path) => ({ variable: 'SSL_CERT_DIR', path })) : []),
      ...(extra ? [{ variable: 'NODE_EXTRA_CA_CERTS', path: extra }] : []),
    ],
  }
}

/**
 * The CAs that this machine trusts: the system's store, or what SSL_CERT_FILE and SSL_CERT_DIR name instead of its file
 * and its folders; and NODE_EXTRA_CA_CERTS. Read by us, because Node reads the store only in newer versions, and then by
 * other rules than docker and cosign.
 */
export function readSystemCas(env: Env): SystemCas {
  const { files, folders, named } = placesOf(env)
  const all = new Set<string>()
  const problems: string[] = []
  const known = (path: string): string | undefined => named.find((each) => each.path === path)?.variable
  const take = (path: string): boolean => {
    const text = readRegularText(path, { maxBytes: largest })
    const found = text.ok ? certificatesInPem(text.value) : []
    for (const certificate of found) all.add(certificate)
    const variable = known(path)
    if (variable !== undefined && found.length === 0)
      problems.push(
        `${variable} names ${path}: ${text.ok ? damage(text.value) : (text.error.found ?? text.error.what)}`,
      )
    return found.length > 0
  }
  for (const path of files) take(path)
  for (const folder of folders) {
    const before = all.size
    const names = filesIn(folder)
    for (const name of names ?? []) take(join(folder, name))
    const variable = known(folder)
    if (variable !== undefined && all.size === before && (names === undefined || names.length === 0))
      problems.push(`${variable} names ${folder}: no folder with certificates`)
  }
  return { certificates: [...all], problems }
}

const damage = (text: string): string =>
  certificateMarks(text) === 0 ? 'no certificate' : 'a certificate that cannot be read'

function filesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).toSorted().slice(0, mostFiles)
  } catch {
    return undefined
  }
}

/** Changes when the store does: what the variables are, and the times of their files and folders. */
export function systemCasState(env: Env): string {
  const { files, folders } = placesOf(env)
  return [...files, ...folders]
    .map((path) => {
      try {
        const { mtimeMs, size } = statSync(path)
        return `${path} ${mtimeMs} ${size}`
      } catch {
        // Not there, or below a file or a folder that is closed to us: `readSystemCas` says so where it matters.
        return path
      }
    })
    .join('\n')
}
