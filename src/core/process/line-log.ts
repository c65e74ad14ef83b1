import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { cutAt, loggedText, plainText } from './log-text.ts'

const maxLine = 64 * 1024

export interface LineLog {
  /** Reads the stream to its end, line by line, no faster than the log file takes it. */
  readonly follow: (stream: 'stdout' | 'stderr', source: Readable) => void
  /** The newest lines, oldest first. */
  readonly lastLines: () => readonly string[]
  /** Closes the file once the streams have ended, or after a short while if another process holds them open. */
  readonly close: () => Promise<void>
}

/**
 * Takes a program's output: cleans it, appends it to a file with its colours, keeps the last lines, passes each line
 * on.
 */
export function lineLog(options: {
  /** Appended to, 0600; without one the lines are only passed on. */
  readonly file?: string | undefined
  readonly keep: number
  readonly clean: (text: string) => string
  /** Called with the line without secrets, and as it was printed. */
  readonly onLine:
    | ((line: { readonly stream: 'stdout' | 'stderr'; readonly text: string }, unmasked: string) => void)
    | undefined
}): LineLog {
  const log = options.file === undefined ? undefined : openLog(options.file)
  // A full disk must not end the app; the lines still reach onLine and lastLines.
  let writable = log !== undefined
  const waiting: (() => void)[] = []
  const release = (): void => {
    for (const go of waiting.splice(0)) go()
  }
  log?.on('error', () => {
    writable = false
    release()
  })
  log?.on('drain', release)
  const last: string[] = []
  const sources: Readable[] = []
  const reading: Promise<void>[] = []

  const take = async (stream: 'stdout' | 'stderr', raw: string): Promise<void> => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const text = plainText(line, options.clean)
    last.push(text)
    if (last.length > options.keep) last.shift()
    options.onLine?.(
      { stream, text },
      plainText(line, (same) => same),
    )
    if (writable && log && !log.write(`${loggedText(line, options.clean)}\n`))
      await new Promise<void>((go) => waiting.push(go))
  }
  const read = async (stream: 'stdout' | 'stderr', source: Readable): Promise<void> => {
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for await (const chunk of source) {
      const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) await take(stream, line)
      // A program that never ends its line must not fill our memory.
      while (rest.length > maxLine) {
        const end = cutAt(rest, maxLine)
        await take(stream, rest.slice(0, end))
        rest = rest.slice(end)
      }
    }
    if (rest !== '') await take(stream, rest)
  }
  return {
    follow: (stream, source) => {
      sources.push(source)
      // Destroyed by close(): what was read until then is kept.
      reading.push(read(stream, source).catch(() => undefined))
    },
    lastLines: () => last,
    close: async () => {
      const giveUp = setTimeout(() => {
        for (const source of sources) source.destroy()
      }, 500)
      await Promise.all(reading)
      clearTimeout(giveUp)
      await new Promise<void>((resolve) => (writable && log ? log.end(resolve) : resolve()))
    },
  }
}

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return createWriteStream(file, { flags: 'a', mode: 0o600 })
}
