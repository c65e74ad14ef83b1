import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readTlsAuthority } from '../registry/tls-authority.ts'
import { readTrustMaterial } from '../sigstore/trust-material.ts'
import { parseAttestorConfig } from './config.ts'
import type { AttestorConfig } from './config-schema.ts'
import { repositoryOf } from './trust-root.ts'

/**
 * Reads a configuration and checks what it names: trusted root, cosign, authorities, records folder. Nothing is made or changed: a
 * records folder that is missing must only be one that can be made.
 */
export async function readConfiguration(text: string): Promise<Result<AttestorConfig>> {
  const config = parseAttestorConfig(text)
  if (!config.ok) return config
  const { trustedRoot, cosign, records, registries } = config.value
  const trust = await checkTrust(trustedRoot)
  if (!trust.ok) return trust
  const program = await checkProgram(cosign)
  if (!program.ok) return program
  for (const { tlsAuthority } of registries) {
    const authority = tlsAuthority === undefined ? ok(undefined) : await readTlsAuthority(tlsAuthority)
    if (!authority.ok) return authority
  }
  const folder = await checkFolder('records', records)
  return folder.ok ? config : folder
}

/** A file is read; of TUF only what lies on this machine is looked at. */
async function checkTrust(trustedRoot: AttestorConfig['trustedRoot']): Promise<Result<unknown>> {
  if (typeof trustedRoot !== 'string') {
    const repository = await repositoryOf(trustedRoot.tuf)
    return repository.ok ? checkFolder('trustedRoot.tuf.cache', trustedRoot.tuf.cache) : repository
  }
  const root = await readFile(trustedRoot, 'utf8').catch((error: Error) => error)
  if (typeof root === 'string') return readTrustMaterial(root)
  return err(unusable('trustedRoot', 'a file that can be read', root.message))
}

/** A folder that is missing must only be one that can be made. */
async function checkFolder(key: string, folder: string): Promise<Result<undefined>> {
  try {
    await access(await nearest(folder), constants.W_OK)
    return ok(undefined)
  } catch (error) {
    return err(unusable(key, 'a folder that can be written', error instanceof Error ? error.message : ''))
  }
}

/** The folder itself, or the nearest one above it that there is. Throws when that is no folder. */
async function nearest(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (found === undefined) return nearest(dirname(folder))
  if (!found.isDirectory()) throw new Error(`${folder} is no folder`)
  return folder
}

/** Whether the engine's socket belongs to an ordinary user. A socket that is not there yet is nobody's. */
export function isRootless(engineSocket: string): boolean {
  try {
    return statSync(engineSocket).uid !== 0
  } catch {
    return false
  }
}

async function checkProgram(cosign: AttestorConfig['cosign']): Promise<Result<undefined>> {
  try {
    await access(cosign.path, constants.X_OK)
    if (cosign.sha256 === undefined) return ok(undefined)
    const hash = createHash('sha256')
    await pipeline(createReadStream(cosign.path), hash)
    const found = hash.digest('hex')
    return found === cosign.sha256 ? ok(undefined) : err(unusable('cosign', `SHA-256 ${cosign.sha256}`, found))
  } catch (error) {
    return err(unusable('cosign', 'a program that can be run', error instanceof Error ? error.message : ''))
  }
}

const unusable = (key: string, expected: string, found: string) =>
  appError(
    'config.attestor-file',
    `What the plugin\u2019s configuration names as "${key}" cannot be used.`,
    `Mend "${key}" in the file that plugin_data_file names.`,
    { expected, found },
  )
