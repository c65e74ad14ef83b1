import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, open, type ZipFile } from 'yauzl'
import { err, ok, type Result } from '../../domain/result.ts'
import { describeFileError, isFileError } from '../../files/file-error.ts'

export interface UnzipOptions {
  readonly archive: string
  /** Is created, and must not hold files of the same names. */
  readonly folder: string
  /** Returns where an entry goes below `folder`, or undefined when it is left out. */
  readonly place: (name: string) => string | undefined
  readonly maxBytes: number
  readonly signal?: AbortSignal
  /** Bytes written so far. */
  readonly onProgress?: (done: number) => void
}

/**
 * Unpacks the wanted files of a zip archive. Names that lead out of the folder, links and special files are refused,
 * and so is an archive with more than `maxBytes` of wanted bytes. Returns why not, in words.
 */
export async function unzip(options: UnzipOptions): Promise<Result<{ readonly files: number }, string>> {
  let zip: ZipFile | undefined
  try {
    zip = await openZip(options.archive)
    return ok({ files: await unpack(zip, options) })
  } catch (error) {
    if (options.signal?.aborted === true) return err('cancelled')
    if (isFileError(error)) return err(describeFileError(error, error.path ?? options.archive))
    return err(`the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    zip?.close()
  }
}

async function unpack(zip: ZipFile, options: UnzipOptions): Promise<number> {
  let done = 0
  let files = 0
  for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
    options.signal?.throwIfAborted()
    // yauzl refuses absolute names, `..` and backslashes before it returns an entry.
    const place = entry.fileName.endsWith('/') ? undefined : options.place(entry.fileName)
    if (place === undefined) continue
    const mode = entry.externalFileAttributes >>> 16
    if ((mode & 0o170000) !== 0o100000) throw new Error(`${entry.fileName} is no plain file`)
    done += entry.uncompressedSize
    if (done > options.maxBytes) throw new Error(`it holds more than the ${options.maxBytes} bytes allowed`)
    const target = join(options.folder, place)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    const out = createWriteStream(target, { flags: 'wx', mode: (mode & 0o111) === 0 ? 0o644 : 0o755 })
    await pipeline(await content(zip, entry), out, ...(options.signal ? [{ signal: options.signal }] : []))
    files += 1
    options.onProgress?.(done)
  }
  return files
}

const openZip = (archive: string): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    open(archive, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) =>
      error === null ? resolve(zip) : reject(error),
    )
  })

/** The next entry of the archive, or undefined at its end. */
const nextEntry = (zip: ZipFile): Promise<Entry | undefined> =>
  new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      zip.removeListener('entry', onEntry).removeListener('end', onEnd).removeListener('error', onError)
      act()
    }
    const onEntry = (entry: Entry): void => settle(() => resolve(entry))
    const onEnd = (): void => settle(() => resolve(undefined))
    const onError = (error: Error): void => settle(() => reject(error))
    zip.once('entry', onEntry).once('end', onEnd).once('error', onError)
    zip.readEntry()
  })

const content = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)))
  })
