import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Program, ReleaseCheck } from '../../../src/core/tools/lock-file.ts'
import { fromRelease } from '../../../src/core/tools/sources/release.ts'
import { type LocalServer, localServer } from './local-server.ts'

const script = Buffer.from('#!/bin/sh\necho 1.2.3\n')
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
let folder: string
let server: LocalServer
let served: Map<string, Buffer>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'release-test-'))
  served = new Map()
  server = await localServer((request, response) => {
    const bytes = served.get(request.url ?? '')
    if (bytes === undefined) return response.writeHead(404).end()
    return response.end(bytes)
  })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function program(check: ReleaseCheck, more: Partial<Program> = {}, asset = '/tool'): Program {
  return {
    name: 'workload',
    version: '1.2.3',
    accepts: '>=1',
    reports: undefined,
    tools: [{ id: 'workload', commands: [], archived: undefined, packaged: undefined, built: 'workload' }],
    release: { asset: server.url(asset), maxMiB: 1, check },
    debian: undefined,
    build: { recipe: 'workload', packages: ['.'], cgo: 'never', diskMiB: 1 },
    ...more,
  }
}
const get = (what: Program) =>
  fromRelease(what, { folder, reachable: async () => undefined, stallMs: 2_000, onProgress: () => undefined })
const refusal = async (what: Program): Promise<string> => {
  const result = await get(what)
  // Refused means: nothing of it stays where it could be taken for the real file.
  expect(await readdir(folder)).toEqual([])
  return result.ok ? 'it was accepted' : result.error
}

describe('a release asset', () => {
  test('that matches the checksum file is accepted, and the report says that this is the only check', async () => {
    served.set('/tool', script)
    served.set('/sums', Buffer.from(`${hash(script)}  tool\n`))
    const result = await get(program({ kind: 'checksum-file', url: server.url('/sums') }))
    if (!result.ok) throw new Error(result.error)
    expect(await readFile(result.value.files.get('workload') ?? '')).toEqual(script)
    expect(result.value.trust).toContain('that is all: no one signed it')
  })

  test('that was tampered with is refused and removed', async () => {
    served.set('/tool', Buffer.concat([script, Buffer.from('rm -rf /\n')]))
    served.set('/sums', Buffer.from(`${hash(script)}  tool\n`))
    expect(await refusal(program({ kind: 'checksum-file', url: server.url('/sums') }))).toMatch(
      /^refused: its SHA-256 is [0-9a-f]{64}, and the checksum file says [0-9a-f]{64}$/,
    )
  })

  test('that does not have the hash of our lock is refused and removed', async () => {
    served.set('/tool', script)
    const wrong = { amd64: 'a'.repeat(64), arm64: 'a'.repeat(64) }
    expect(await refusal(program({ kind: 'sha256', sha256: wrong }))).toMatch(
      /^refused: its SHA-256 is .* was expected$/,
    )
    const right = { amd64: hash(script), arm64: hash(script) }
    expect(await get(program({ kind: 'sha256', sha256: right }))).toMatchObject({ ok: true })
  })

  test('for an architecture without a recorded hash is refused', async () => {
    served.set('/tool', script)
    expect(await refusal(program({ kind: 'sha256', sha256: {} }))).toMatch(/^refused: no hash is known for a/)
  })

  test('without its checksum file, or with one about other files, is refused', async () => {
    served.set('/tool', script)
    const check = { kind: 'checksum-file', url: server.url('/sums') } as const
    expect(await refusal(program(check))).toContain('what it is checked against cannot be had')
    served.set('/sums', Buffer.from(`${hash(script)}  another-tool\n`))
    expect(await refusal(program(check))).toContain('no line for tool')
  })

  test.each(['', 'not json', '{}', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'])(
    'with the publisher’s bundle %j is refused',
    async (bundle) => {
      served.set('/tool', script)
      served.set('/bundle', Buffer.from(bundle))
      const publisher = { subject: 'release@example.org', issuer: 'https://issuer.example.org' }
      const why = await refusal(program({ kind: 'publisher-bundle', url: server.url('/bundle'), ...publisher }))
      expect(why).toContain('the publisher’s bundle does not verify')
    },
  )
})

async function archive(members: Readonly<Record<string, Buffer | 'link'>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(members)) {
    if (content === 'link') tar.entry({ name, type: 'symlink', linkname: '/etc/passwd' })
    else tar.entry({ name }, content)
  }
  tar.finalize()
  return gzipSync(await buffer(tar))
}

describe('a release archive', () => {
  const tools = [{ id: 'workload', commands: [], archived: 'dir/bin/tool', packaged: undefined, built: 'x' }] as const
  const take = (bytes: Buffer) => {
    served.set('/tool.tar.gz', bytes)
    const sha256 = { amd64: hash(bytes), arm64: hash(bytes) }
    return get(program({ kind: 'sha256', sha256 }, { tools }, '/tool.tar.gz'))
  }

  test('extracts the wanted member and writes nothing else, wherever its names point', async () => {
    const result = await take(
      await archive({ '../../escaped': script, 'dir/README': script, './dir/bin/tool': script }),
    )
    if (!result.ok) throw new Error(result.error)
    expect(await readFile(result.value.files.get('workload') ?? '')).toEqual(script)
    expect(await readdir(folder)).toEqual(['workload.new'])
  })

  test.each<[string, Record<string, Buffer | 'link'>, string]>([
    ['lacks the member', { 'dir/bin/other': script }, 'the archive has no dir/bin/tool'],
    ['has a link in its place', { 'dir/bin/tool': 'link' }, 'no plain file'],
  ])('that %s is refused', async (_what, members, why) => {
    const result = await take(await archive(members))
    expect(result.ok ? 'it was accepted' : result.error).toContain(why)
  })

  test('that ends too early, or is none, is refused', async () => {
    const whole = await archive({ 'dir/bin/tool': Buffer.alloc(100_000, 'x') })
    for (const bytes of [whole.subarray(0, whole.length - 40), Buffer.from('no archive')]) {
      const result = await take(bytes)
      expect(result.ok ? 'it was accepted' : result.error).toContain('the archive cannot be read')
    }
  })
})
