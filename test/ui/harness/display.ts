import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A display to draw on. */
export interface Display {
  /** For DISPLAY. */
  readonly name: string
  readonly stop: () => Promise<void>
}

/** Starts an X server without a screen on the first free display; it says itself which one that is. */
export async function virtualDisplay(): Promise<Display> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const answers = server.stdio[3] as Readable
  const [line] = (await Promise.race([
    once(createInterface({ input: answers }), 'line'),
    once(server, 'exit').then(() => {
      throw new Error('Xvfb ended at once')
    }),
  ])) as [string]
  return { name: `:${line.trim()}`, stop: () => stopped(server) }
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill()
  await ended
}
