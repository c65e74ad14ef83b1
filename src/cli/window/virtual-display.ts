import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'

/** A display to draw on. */
export interface Display {
  /** The value for DISPLAY. */
  readonly name: string
  readonly stop: () => Promise<void>
}

/** Starts a virtual X server on the first free display; the server itself reports which one that is. */
export async function virtualDisplay(): Promise<Display> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', () => reject(new Error('There is no Xvfb. Install it: sudo apt-get install xvfb')))
    server.once('exit', () => reject(new Error('Xvfb ended at once')))
    const answers = server.stdio[3]
    if (answers instanceof Readable) createInterface({ input: answers }).once('line', resolve)
  })
  return { name: `:${number.trim()}`, stop: () => stopped(server) }
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill()
  await ended
}
