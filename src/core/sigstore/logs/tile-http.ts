import { type AskHow, ask, below } from './ask.ts'
import { maxFile, TileError, type TileSource } from './tile-files.ts'

// 256 hashes of 32 bytes.
const hashTile = 8 * 1024
const longestCheckpoint = 64 * 1024

/**
 * The files of a log over HTTP, below this address (https://c2sp.org/tlog-tiles). A server without such a file, or
 * without files at all, responds with 404, 405, 410 or 501.
 */
export const tilesAt =
  (base: string, how: AskHow): TileSource =>
  async (path) => {
    const longest = path === 'checkpoint' ? longestCheckpoint : /^tile\/\d/.test(path) ? hashTile : maxFile
    const answer = await ask(below(base, path), longest, how)
    if (!answer.ok) throw new TileError(`the file ${path}`, answer.error.found)
    const { status, body } = answer.value
    if (status === 200) return body
    throw new TileError(`the file ${path}`, `HTTP ${status}`, [404, 405, 410, 501].includes(status))
  }
