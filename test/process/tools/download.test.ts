import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { reachableHosts } from '../../../src/core/tools/setup/reachable-hosts.ts'
import { download } from '../../../src/core/tools/sources/download.ts'
import { startProxy } from '../../harness/proxy.ts'
import { type LocalServer, localServer } from './local-server.ts'

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')
let folder: string
let file: string
let server: LocalServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-test-'))
  file = join(folder, 'asset')
})
afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

async function from(listener: RequestListener, more: Partial<Parameters<typeof download>[0]> = {}) {
  server = await localServer(listener)
  return download({ url: server.url('/asset'), file, maxBytes: 1_000_000, stallMs: 5_000, ...more })
}
const reason = (result: Awaited<ReturnType<typeof download>>): string => (result.ok ? 'it succeeded' : result.error)

describe('a download', () => {
  test('returns the hash and size of what it wrote, and reports its progress', async () => {
    const seen: number[] = []
    const result = await from(
      (_request, response) => response.setHeader('content-length', content.length).end(content),
      {
        onProgress: (done) => seen.push(done),
      },
    )
    expect(result).toEqual({ ok: true, value: { sha256, size: content.length } })
    expect(await readFile(file)).toEqual(content)
    expect(seen.at(-1)).toBe(content.length)
  })

  test('goes through the proxy of this machine, which is what is tried first', async () => {
    const proxy = await startProxy()
    for (const name of ['HTTP_PROXY', 'NO_PROXY', 'http_proxy', 'no_proxy']) vi.stubEnv(name, undefined)
    const inside = (address: string) => address.replace('127.0.0.1', 'releases.acme.example')
    server = await localServer((_, response) => void response.end(content))
    const get = () => download({ url: inside(server?.url('/asset') ?? ''), file, maxBytes: 1_000_000, stallMs: 5_000 })
    const first = inside(server.url('/'))
    expect(await reachableHosts(2_000)(first)).toContain('does not resolve')
    expect(reason(await get())).toContain('does not resolve')
    vi.stubEnv('HTTP_PROXY', proxy.address)
    expect(await reachableHosts(2_000)(first)).toBeUndefined()
    expect(await get()).toEqual({ ok: true, value: { sha256, size: content.length } })
    await proxy.close()
    expect(reason(await get())).toContain('(HTTP_PROXY)')
    vi.unstubAllEnvs()
  })

  test('that is interrupted is no success, and the next one continues from there', async () => {
    const ranges: (string | undefined)[] = []
    // Interrupted once something is in the file: a connection that is cut sooner leaves nothing to continue.
    let cut: () => void = () => undefined
    const listener: RequestListener = (request, response) => {
      ranges.push(request.headers.range)
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
      if (start === 0) {
        response.setHeader('content-length', content.length)
        cut = () => response.destroy()
        return response.write(content.subarray(0, 100_000))
      }
      response.statusCode = 206
      response.setHeader('content-range', `bytes ${start}-${content.length - 1}/${content.length}`)
      return response.setHeader('content-length', content.length - start).end(content.subarray(start))
    }
    const first = from(listener)
    await vi.waitFor(async () => expect((await stat(file)).size).toBeGreaterThan(0))
    cut()
    expect(reason(await first)).toMatch(/^the download broke off after \d+ of 300000 bytes/)
    const kept = (await stat(file)).size
    const second = await download({ url: server!.url('/asset'), file, maxBytes: 1_000_000, stallMs: 5_000 })
    expect(second).toEqual({ ok: true, value: { sha256, size: content.length } })
    expect(ranges).toEqual([undefined, `bytes=${kept}-`])
  })

  test('starts over when the server ignores the range or has nothing there', async () => {
    await writeFile(file, 'something old')
    const whole = await from((_request, response) => response.end(content))
    expect(whole).toMatchObject({ ok: true, value: { sha256 } })
    await server?.close()
    await writeFile(file, Buffer.alloc(400_000))
    const tooMuch = await from((request, response) => {
      if (request.headers.range === undefined) return response.end(content)
      response.statusCode = 416
      return response.end()
    })
    expect(tooMuch).toMatchObject({ ok: true, value: { sha256 } })
  })

  test('that is longer than allowed is cut off and removed, announced or not', async () => {
    const announced = await from(
      (_request, response) => response.setHeader('content-length', content.length).end(content),
      {
        maxBytes: 1000,
      },
    )
    expect(reason(announced)).toContain('longer than the 1000 bytes allowed')
    await server?.close()
    const silent = await from((_request, response) => response.write(content), { maxBytes: 1000 })
    expect(reason(silent)).toContain('longer than the 1000 bytes allowed')
    expect(existsSync(file)).toBe(false)
  })

  test('follows five redirects and no more', async () => {
    const listener: RequestListener = (request, response) => {
      const left = Number(new URL(request.url ?? '', 'http://x').searchParams.get('left') ?? 5)
      if (left === 0) return response.end(content)
      return response.writeHead(302, { location: `/asset?left=${left - 1}` }).end()
    }
    expect(await from(listener)).toMatchObject({ ok: true, value: { sha256 } })
    await server?.close()
    const loop = await from((_request, response) => response.writeHead(302, { location: '/asset' }).end())
    expect(reason(loop)).toContain('redirects more than 5 times')
  })

  test.each([
    ['file:///etc/passwd', 'not https'],
    ['ftp://127.0.0.1/x', 'not https'],
    ['http://[', 'not https'],
  ])('does not follow a redirect to %s', async (location, why) => {
    const result = await from((_request, response) => response.writeHead(302, { location }).end())
    expect(reason(result)).toContain(why)
  })

  test('of a missing file names the response', async () => {
    const result = await from((_request, response) => response.writeHead(404).end('no such asset'))
    expect(reason(result)).toMatch(/\/asset answers 404$/)
    expect(existsSync(file)).toBe(false)
  })

  test('from a server that stops responding ends by itself, before or in the middle of the response', async () => {
    const before = await from(() => undefined, { stallMs: 100 })
    expect(reason(before)).toContain('silent for 0.1 s')
    await server?.close()
    const within = await from((_request, response) => response.write(content.subarray(0, 10)), { stallMs: 100 })
    expect(reason(within)).toContain('broke off after 10 of')
  })

  test('stops when it is cancelled and keeps what it has', async () => {
    const controller = new AbortController()
    const result = await from((_request, response) => response.write(content.subarray(0, 50_000)), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(reason(result)).toBe('cancelled')
  })

  test('onto a full disk says so', async () => {
    const result = await from((_request, response) => response.end(content), { file: '/dev/full' })
    expect(reason(result)).toBe('no space is left for /dev/full')
  })
})

describe('a host', () => {
  test('that refuses the connection is tried once, and every later call gets the same result at once', async () => {
    server = await localServer(() => undefined)
    const url = server.url('/')
    await server.close()
    server = undefined
    const reachable = reachableHosts(1_000)
    const first = reachable(url)
    expect(reachable(`${url}other`)).toBe(first)
    expect(await first).toBe('127.0.0.1 refuses the connection')
  })

  test('whose name does not exist is distinguished from one that is silent', async () => {
    expect(await reachableHosts(5_000)('https://does-not-exist.invalid/x')).toMatch(/does not resolve|does not answer/)
  })

  test('that responds is reachable', async () => {
    server = await localServer((_request, response) => response.end())
    expect(await reachableHosts(1_000)(server.url('/'))).toBeUndefined()
  })
})
