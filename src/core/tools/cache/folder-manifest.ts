import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'
import { readRegularText } from '../../files/read-regular.ts'
import { sha256OfFile } from './inspect.ts'

const schema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
const maxBytes = 4 * 1024 * 1024

/** Writes the hash of every file below a folder to a file that lies outside of it. */
export async function writeManifest(folder: string, file: string): Promise<void> {
  const files: z.infer<typeof schema> = {}
  for (const name of await filesBelow(folder)) {
    const path = join(folder, name)
    files[name] = { stamp: await stampOf(path), sha256: await sha256OfFile(path) }
  }
  await writeFileAtomic(file, `${JSON.stringify(files)}\n`, { mode: 0o600 })
}

/**
 * What differs in a folder from its manifest, in words; undefined when nothing does. A file with unchanged size, times
 * and inode is not hashed again.
 */
export async function differenceFrom(file: string, folder: string): Promise<string | undefined> {
  const text = readRegularText(file, { maxBytes, noFollow: true, protected: true })
  if (!text.ok) return 'what is known about its files is missing'
  const noted = schema.safeParse(parseJson(text.value))
  if (!noted.success) return 'what is known about its files cannot be read'
  const names = await filesBelow(folder)
  const gone = Object.keys(noted.data).find((name) => !names.includes(name))
  if (gone !== undefined) return `${gone} is gone`
  for (const name of names) {
    const known = noted.data[name]
    if (known === undefined) return `${name} was not there before`
    const path = join(folder, name)
    if ((await stampOf(path)) === known.stamp) continue
    // A link or a FIFO has no bytes of its own, and would be followed or waited for.
    if (!(await lstat(path)).isFile()) return `${name} is no regular file`
    const sha256 = await sha256OfFile(path)
    if (sha256 !== known.sha256) {
      return `the bytes of ${name} have changed since it was put there (SHA-256 expected ${known.sha256}, found ${sha256})`
    }
  }
  return undefined
}

/** Everything below a folder that is not a folder itself, relative to it. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino, mode } = await lstat(path)
  return `${size}:${mtimeMs}:${ctimeMs}:${ino}:${mode}`
}
