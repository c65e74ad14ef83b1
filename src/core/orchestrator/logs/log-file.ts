import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { boundedLine } from '../../contract/log-tails.ts'

/** A line's position in its file. */
export interface LineSpan {
  readonly file: LogFile
  readonly start: number
  /** After its last byte, before the line feed. */
  readonly end: number
}

const chunkBytes = 256 * 1024
const lineFeed = 10
/** The bytes of a line that are read; a front end gets fewer characters than that. */
const longestRead = 20_000

/** A growing log file, read to its end repeatedly. Only positions are kept; the text stays in the file. */
export class LogFile {
  readonly path: string
  /** Stands before each of its lines, if the log has several files. */
  readonly label: string
  #read: number

  /** `skip` bytes at the beginning are an earlier session's. */
  constructor(path: string, label: string, skip: number) {
    this.path = path
    this.label = label
    this.#read = skip
  }

  /** The complete lines since the last call, oldest first; empty if the file does not exist. */
  readNew(): LineSpan[] {
    const spans: LineSpan[] = []
    withFile(this.path, (descriptor) => {
      const { size } = fstatSync(descriptor)
      const buffer = Buffer.alloc(Math.min(chunkBytes, Math.max(0, size - this.#read)))
      let start = this.#read
      for (let at = start; at < size; ) {
        const got = readSync(descriptor, buffer, 0, buffer.length, at)
        if (got === 0) break
        for (let i = buffer.indexOf(lineFeed); i !== -1 && i < got; i = buffer.indexOf(lineFeed, i + 1)) {
          spans.push({ file: this, start, end: at + i })
          start = at + i + 1
        }
        at += got
      }
      // An incomplete line is read again next time.
      this.#read = start
    })
    return spans
  }
}

/** The text of lines, each with its file's label, as a front end gets it. Lines of a missing file are empty. */
export function readLines(spans: readonly LineSpan[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < spans.length; ) {
    const first = spans[at]
    if (first === undefined) break
    let next = at + 1
    // One read for consecutive lines of one file; a very long one is read separately, and not completely.
    if (!isLong(first)) {
      for (let after = spans[next]; after?.file === first.file && !isLong(after); after = spans[next]) next += 1
    }
    lines.push(...readRun(first.file, spans.slice(at, next)))
    at = next
  }
  return lines
}

const isLong = ({ start, end }: LineSpan): boolean => end - start > longestRead

function readRun(file: LogFile, spans: readonly LineSpan[]): string[] {
  const [start, end] = [spans[0]?.start ?? 0, spans.at(-1)?.end ?? 0]
  const unread = spans.length === 1 ? Math.max(0, end - start - longestRead) : 0
  const buffer = Buffer.alloc(end - start - unread)
  withFile(file.path, (descriptor) => readSync(descriptor, buffer, 0, buffer.length, start))
  return spans.map((span) =>
    boundedLine(file.label + buffer.toString('utf8', span.start - start, span.end - start), unread),
  )
}

function withFile(path: string, work: (descriptor: number) => unknown): void {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    // Not created yet, or cleaned away.
    return
  }
  try {
    work(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
