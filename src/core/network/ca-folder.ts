import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ok, type Result } from '../domain/result.ts'
import { readCaFile } from './ca-file.ts'
import { systemCaFolders } from './system-cas.ts'

/**
 * The environment that makes a Go program (docker, cosign) trust the CAs of these files in addition to the machine's:
 * one more folder to read. What was in that folder is removed.
 */
export async function trustingAlso(
  files: readonly string[],
  folder: string,
): Promise<Result<Readonly<Record<string, string>>>> {
  await rm(folder, { recursive: true, force: true })
  if (files.length === 0) return ok({})
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [at, file] of files.entries()) {
    const text = await readCaFile(file)
    if (!text.ok) return text
    await writeFile(join(folder, `${at}.pem`), text.value)
  }
  return ok({ SSL_CERT_DIR: `${systemCaFolders(process.env)}:${folder}` })
}
