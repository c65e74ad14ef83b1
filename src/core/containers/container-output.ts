import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type Docker from 'dockerode'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { cancelledError, isAborted } from './engine/engine-error.ts'

const keepLines = 50
const maxLine = 256 * 1024

/** A container's output, as it comes. */
export interface ContainerOutput {
  readonly firstLine: (
    name: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<Result<string>>
  readonly lines: () => { readonly stdout: readonly string[]; readonly stderr: readonly string[] }
  readonly close: () => void
}

/** Reads an attached container's two streams: bounded, so that endless output costs nothing. */
export function collectOutput(docker: Docker, stream: NodeJS.ReadWriteStream): ContainerOutput {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  docker.modem.demuxStream(stream, stdout, stderr)
  const end = (): void => {
    stdout.end()
    stderr.end()
  }
  stream.on('end', end).on('close', end).on('error', end)
  const out = bounded(stdout)
  const errors = bounded(stderr)
  return {
    lines: () => ({ stdout: [...out.lines], stderr: [...errors.lines] }),
    close: () => {
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy()
      end()
    },
    firstLine: async (name, { timeoutMs, signal }) => {
      const what = `The answer of ${name} was waited for.`
      if (isAborted(signal)) return err(cancelledError(what))
      const over = new AbortController()
      const limit = delay(timeoutMs, 'late' as const, { signal: over.signal }).catch(() => 'late' as const)
      const abort = signal
        ? once(signal, 'abort', { signal: over.signal }).then(
            () => 'cancelled' as const,
            () => 'cancelled' as const,
          )
        : new Promise<never>(() => undefined)
      const first = await Promise.race([out.first, limit, abort])
      over.abort()
      if (first === 'cancelled') return err(cancelledError(what))
      if (typeof first === 'object') {
        return first.line === undefined ? err(silent(name, 'it ended', errors.lines)) : ok(first.line)
      }
      return err(silent(name, `nothing for ${timeoutMs / 1000} s`, errors.lines))
    },
  }
}

function bounded(source: PassThrough): { lines: string[]; first: Promise<{ line: string | undefined }> } {
  const lines: string[] = []
  let rest = ''
  let settle: (first: { line: string | undefined }) => void
  const first = new Promise<{ line: string | undefined }>((resolve) => (settle = resolve))
  const take = (line: string): void => {
    settle({ line })
    lines.push(line)
    if (lines.length > keepLines) lines.shift()
  }
  source.setEncoding('utf8')
  source.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) take(part)
    if (rest.length > maxLine) {
      take(rest.slice(0, maxLine))
      rest = ''
    }
  })
  source.on('end', () => {
    if (rest !== '') take(rest)
    settle({ line: undefined })
  })
  return { lines, first }
}

const silent = (name: string, how: string, stderr: readonly string[]) =>
  appError(
    'workload.silent',
    `The container ${name} did not answer.`,
    'Read what it printed on its standard error below.',
    {
      expected: 'one line on its standard output',
      found: how,
      evidence: { lastLines: stderr.slice(-12) },
    },
  )
