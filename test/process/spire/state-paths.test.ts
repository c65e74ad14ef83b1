import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkStatePath } from '../../../src/core/machine/environment.ts'
import { freePort } from '../../../src/core/machine/ports.ts'
import { serverConfiguration } from '../../../src/core/spire/configuration.ts'
import { healthy } from '../../../src/core/spire/server.ts'

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sigstore-attestor', 'tools')
const version = existsSync(cache) ? readdirSync(cache).find((name) => name.startsWith('spire-')) : undefined
const server = join(cache, version ?? 'spire', 'spire-server')

describe.skipIf(!existsSync(server))('SPIRE’s server, where setup has fetched it, keeps its data in', () => {
  it.each(['plain', 'with space', "it's", 'ümläut', 'a:b', 'a=b&c', 'a;b', 'a+b', '日本'])('%j', async (name) => {
    const base = mkdtempSync(join(tmpdir(), 's-'))
    const dataFolder = join(base, name)
    expect(checkStatePath(dataFolder).ok).toBe(true)
    mkdirSync(dataFolder)
    const file = join(base, 'server.json')
    const socket = join(base, 's.sock')
    writeFileSync(file, serverConfiguration({ trustDomain: 'demo.test', port: await freePort(), socket, dataFolder }))
    const child = spawn(server, ['run', '-config', file], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      const answer = () => healthy(server, socket, AbortSignal.timeout(5_000))
      await expect.poll(answer, { timeout: 20_000 }).toBe(true)
      expect(existsSync(join(dataFolder, 'datastore.sqlite3'))).toBe(true)
    } finally {
      child.kill()
      await ended
      rmSync(base, { recursive: true })
    }
  })
})
