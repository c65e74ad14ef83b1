import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { healthy } from '../../../src/core/spire/health.ts'

let folder: string
let socket: string
const ends: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'health-'))
  socket = join(folder, 'api.sock')
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(folder, { recursive: true })
})

const ask = (signal = AbortSignal.timeout(20_000)) => healthy(socket, signal)

/** A server whose health check has this answer; it never comes without one. */
async function serves(answer: Buffer | undefined): Promise<void> {
  const server = new Server()
  const same = (bytes: Buffer) => bytes
  const check = {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const
  server.addService(
    { check },
    { check: (_: unknown, reply: (error: null, value: Buffer) => void) => answer && reply(null, answer) },
  )
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    ),
  )
  ends.push(() => server.forceShutdown())
}

describe('the health of a SPIRE service', () => {
  it('is good when it says that it serves', async () => {
    await serves(Buffer.from([0x08, 1]))
    expect(await ask()).toBe(true)
  })

  it.each([
    ['does not serve', Buffer.from([0x08, 2])],
    ['does not know', Buffer.alloc(0)],
    ['says something else', Buffer.from('hello')],
  ])('is not when it %s', async (_, answer) => {
    await serves(answer)
    expect(await ask()).toBe('its health check says that it does not serve')
  })

  it('is unknown without its socket, and the message names it', async () => {
    expect(await ask()).toMatch(new RegExp(`^its health check at ${socket} failed: UNAVAILABLE, .*ENOENT`))
  })

  it('is unknown when another program answers there', async () => {
    const other: NetServer = createServer((connection) => connection.end('HTTP/1.1 200 OK\r\n\r\n'))
    await new Promise<void>((resolve) => other.listen(socket, resolve))
    ends.push(() => other.close())
    expect(await ask()).toMatch(/ failed: /)
  })

  it('is unknown when it never answers: the question ends with its signal', async () => {
    await serves(undefined)
    const stop = new AbortController()
    const answer = ask(stop.signal)
    stop.abort()
    expect(await answer).toMatch(/ failed: CANCELLED/)
  })
})
