import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'

/**
 * Writes a folder as .tar.gz, below a folder of the given name, and returns the SHA-256 of the file in hex. The same
 * files give the same bytes: names are sorted, owners and times left out. Throws what the file system throws.
 */
export async function writeArchive(folder: string, name: string, file: string): Promise<string> {
  const tar = pack()
  const hash = createHash('sha256')
  const filling = addFolder(tar, folder, name).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  )
  await pipeline(
    tar,
    createGzip({ level: 6 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    },
    createWriteStream(file),
  )
  await filling
  return hash.digest('hex')
}

async function addFolder(tar: Pack, folder: string, name: string): Promise<void> {
  const owner = { uid: 0, gid: 0, mtime: new Date(0) }
  tar.entry({ ...owner, name: `${name}/`, type: 'directory', mode: 0o755 })
  const entries = await readdir(folder)
  for (const entry of entries.toSorted()) {
    const path = join(folder, entry)
    const place = `${name}/${entry}`
    const facts = await lstat(path)
    if (facts.isDirectory()) await addFolder(tar, path, place)
    else if (facts.isSymbolicLink()) {
      tar.entry({ ...owner, name: place, type: 'symlink', linkname: await readlink(path), mode: 0o777 })
    } else {
      const mode = (facts.mode & 0o111) === 0 ? 0o644 : 0o755
      await pipeline(createReadStream(path), tar.entry({ ...owner, name: place, size: facts.size, mode }))
    }
  }
}
