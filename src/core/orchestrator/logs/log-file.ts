import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { boundedLine } from '../../contract/log-tails.ts'

/** Where a line is in its file. */
export interface LineSpan {
  readonly file: LogFile
  readonly start: number
  /** After its last byte, before the line feed. */
  readonly end: number
}

const chunkBytes = 256 * 1024
const lineFeed = 10
/** Bytes of a line that are read; a front end is given fewer characters than that. */
const longestRead = 20_000

/** A log file that grows, read to its end again and again. The file is the truth; only places are kept. */
export class LogFile {
  readonly path: string
  /** Stands before each of its lines, when the log has several files. */
  readonly label: string
  #read: number

  /** `skip` bytes at the beginning are an earlier session's. */
  constructor(path: string, label: string, skip: number) {
    this.path = path
    this.label = label
    this.#read = skip
  }

  /** The whole lines that are new since the last time, oldest first; none when the file is not there. */
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
      // What is not ended yet is read again next time.
      this.#read = start
    })
    return spans
  }
}

/** The text of lines, each with its file's label, as a front end gets it. Lines of a file that is gone are empty. */
export function readLines(spans: readonly LineSpan[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < spans.length; ) {
    const first = spans[at]
    if (first === undefined) break
    let next = at + 1
    // One read for lines that follow each other in one file; a very long one is read for itself, and not all of it.
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
    // Not made yet, or cleaned away.
    return
  }
  try {
    work(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
