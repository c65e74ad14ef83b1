import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract as tarExtract } from 'tar-stream'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'

const maxMemberBytes = 600 * 1024 * 1024

/**
 * Writes the wanted members of a .tar.gz to the files that `members` names; everything else in it is ignored, so no
 * path of the archive is ever used as a path here. Returns why not when a member is missing, duplicate, too big or not
 * a plain file, or when the archive is broken.
 */
export async function extractMembers(
  archive: string,
  members: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const tar = tarExtract()
  const written = new Set<string>()
  const reading = (async () => {
    for await (const entry of tar) {
      const { name, type, size } = entry.header
      const target = members.get(name.replace(/^\.\//, ''))
      if (target === undefined) {
        entry.resume()
        continue
      }
      if (type !== 'file' || (size ?? 0) > maxMemberBytes)
        throw new Error(`${name} is no plain file of a sensible size`)
      if (written.has(target)) throw new Error(`${name} is in the archive twice`)
      written.add(target)
      await pipeline(entry, createWriteStream(target, { flags: 'wx', mode: 0o755 }))
    }
  })()
  try {
    await Promise.all([
      pipeline(createReadStream(archive), createGunzip(), tar, ...(signal ? [{ signal }] : [])),
      reading,
    ])
  } catch (error) {
    tar.destroy()
    await reading.catch(() => undefined)
    if (signal?.aborted === true) return err('cancelled')
    if (isFileError(error)) return err(describeFileError(error, error.path ?? archive))
    return err(`the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const missing = [...members].find(([, target]) => !written.has(target))
  return missing ? err(`the archive has no ${missing[0]}`) : ok(undefined)
}
