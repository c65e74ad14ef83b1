import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Where a line is in its file. */
export interface LineSpan {
  readonly file: LogFile
  readonly start: number
  /** After its last byte, before the line feed. */
  readonly end: number
}

const chunkBytes = 256 * 1024
const lineFeed = 10
/** Characters; what writes the logs breaks lines before that. */
const longestLine = 20_000

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

/** The text of lines, each with its file's label. Lines of a file that is gone are empty. */
export function readLines(spans: readonly LineSpan[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < spans.length; ) {
    const file = spans[at]?.file
    let next = at
    while (spans[next]?.file === file) next += 1
    if (file !== undefined) lines.push(...readRun(file, spans.slice(at, next)))
    at = next
  }
  return lines
}

/** Lines of one file that follow each other there: one read. */
function readRun(file: LogFile, spans: readonly LineSpan[]): string[] {
  const [start, end] = [spans[0]?.start ?? 0, spans.at(-1)?.end ?? 0]
  const buffer = Buffer.alloc(end - start)
  withFile(file.path, (descriptor) => readSync(descriptor, buffer, 0, buffer.length, start))
  return spans.map((span) =>
    (file.label + buffer.toString('utf8', span.start - start, span.end - start)).slice(0, longestLine),
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
