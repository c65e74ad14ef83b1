import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readConfiguration } from '../../../src/core/attestor/config/load.ts'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { runCommand } from '../../../src/core/process/command.ts'
import { bundle, imageA, trustedRoot } from '../../fixtures/sigstore-fixtures.ts'
import { makeTlsAuthority } from '../../harness/tls-authority.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-named-'))
const program = join(built, 'attestor.cjs')
beforeAll(() => copyPlugin(program))
afterAll(() => rmSync(built, { recursive: true }))

let stage: Stage
/** Everything that a configuration can name, below a folder that others may enter. */
let named: { trustedRoot: string; cosign: string; records: string; dockerConfig: string; caFile: string }
beforeEach(async () => {
  stage = await new Stage().start()
  chmodSync(stage.folder, 0o755)
  const own = join(stage.folder, 'own')
  mkdirSync(own)
  const file = (name: string, content: string | Buffer, mode = 0o644): string => {
    writeFileSync(join(own, name), content, { mode })
    return join(own, name)
  }
  named = {
    trustedRoot: file('root.json', trustedRoot),
    cosign: file('cosign', readFileSync(join(stage.folder, 'cosign')), 0o755),
    records: join(own, 'records'),
    dockerConfig: file('config.json', '{"auths":{}}', 0o600),
    caFile: file('ca.pem', (await makeTlsAuthority()).certificate),
  }
  mkdirSync(named.records)
})
afterEach(() => stage.stop())

const config = (more: Partial<AttestorConfigFile> = {}): string =>
  stage.config({
    registries: [{ host: 'registry.example', caFile: named.caFile }],
    dockerConfig: named.dockerConfig,
    trustedRoot: named.trustedRoot,
    cosign: { path: named.cosign },
    records: named.records,
    ...more,
  })
/** What is wrong with the configuration; empty when it is accepted. */
async function wrong(more: Partial<AttestorConfigFile> = {}): Promise<string> {
  const read = await readConfiguration(config(more))
  return read.ok ? '' : `${read.error.what} ${read.error.found} ${read.error.remedy}`
}
const keys = ['trustedRoot', 'cosign', 'dockerConfig', 'caFile'] as const

describe('what a configuration names', () => {
  it('has no engine socket in a folder that containers may mount, also behind a link', async () => {
    const mounts = (...folders: string[]) => wrong({ launch: { mounts: folders } })
    const link = join(stage.folder, 'own', 'link')
    symlinkSync(stage.folder, link)
    expect(await mounts('/nowhere/agent')).toBe('')
    const alone = join(stage.folder, 'agent')
    mkdirSync(alone)
    expect(await mounts(alone)).toBe('')
    for (const folder of [stage.folder, stage.engine.socket, link, join(stage.folder, 'own')]) {
      expect(await mounts('/nowhere/agent', folder)).toMatch(/"launch\.mounts\.1" cannot be used. ".+" lies in/)
    }
    expect(await mounts(named.dockerConfig)).toContain('is a regular file')
  })

  it('is no trusted root when it trusts no one', async () => {
    writeFileSync(named.trustedRoot, '{"auths":{}}')
    expect(await wrong()).toContain('no certificate authority')
  })

  it('is not tried if another user can replace the files', async () => {
    const open = join(stage.folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    vi.stubEnv('TMPDIR', open)
    expect(await wrong()).toMatch(/everyone can write.*set TMPDIR/)
    expect(readdirSync(open)).toEqual([])
    vi.unstubAllEnvs()
    expect(await wrong()).toBe('')
  })

  it('is accepted when only its owner can change it', async () => {
    expect(await wrong()).toBe('')
  })

  it.each(keys)('is refused when anyone may write it: %s', async (key) => {
    chmodSync(named[key], key === 'cosign' ? 0o777 : 0o666)
    const text = await wrong()
    expect(text).toContain(key)
    expect(text).toContain('everyone can write')
    chmodSync(named[key], key === 'cosign' ? 0o775 : 0o664)
    expect(await wrong()).toContain('its group can write')
  })

  it.each([...keys, 'records'] as const)('is refused when anyone may replace it: %s', async (key) => {
    const open = join(stage.folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    const moved = join(open, 'it')
    renameSync(named[key], moved)
    symlinkSync(moved, named[key])
    const text = await wrong()
    expect(text).toContain(key)
    expect(text).toContain(`Other users can change what is at ${open}`)
  })

  it('is refused when anyone may write into the folder for records, or create it', async () => {
    chmodSync(named.records, 0o777)
    expect(await wrong()).toContain('"records"')
    rmSync(named.records, { recursive: true })
    chmodSync(join(stage.folder, 'own'), 0o1777)
    expect(await wrong()).toContain('"records"')
  })

  it.runIf(process.getuid?.() === 0)('is refused when it belongs to somebody else', async () => {
    for (const key of [...keys, 'records'] as const) {
      chownSync(named[key], 65_534, 65_534)
      const text = await wrong()
      expect(text).toContain(key)
      expect(text).toContain('belongs to user 65534')
      chownSync(named[key], 0, 0)
    }
    expect(await wrong()).toBe('')
  })

  it.each(keys)('is refused at once when it is a FIFO, a directory, endless or missing: %s', async (key) => {
    rmSync(named[key])
    expect(await wrong()).toContain(key)
    execFileSync('mkfifo', [named[key]])
    expect(await wrong()).toContain('a FIFO')
    rmSync(named[key])
    mkdirSync(named[key])
    expect(await wrong()).toContain('a directory')
    rmSync(named[key], { recursive: true })
    symlinkSync('/dev/zero', named[key])
    expect(await wrong()).toContain('a device')
  })

  it('is never quoted when it is the wrong file', async () => {
    for (const key of ['trustedRoot', 'dockerConfig', 'caFile'] as const) {
      const before = readFileSync(named[key])
      for (const content of ['root:*:19000:0:99999:7:::\n', '{"tlogs":[{"baseUrl":"root:*"}]}', '{"root:*":{}}']) {
        writeFileSync(named[key], content)
        expect(await wrong()).not.toContain('root:')
      }
      writeFileSync(named[key], 'root:*:19000:0:99999:7:::\n')
      expect(await wrong()).toContain(key)
      writeFileSync(named[key], before)
    }
  })

  it('has a cosign that can be run and has the given hash', async () => {
    chmodSync(named.cosign, 0o644)
    expect(await wrong()).toContain('cosign')
    chmodSync(named.cosign, 0o755)
    expect(await wrong({ cosign: { path: named.cosign, sha256: '0'.repeat(64) } })).toContain('cosign')
  })

  it.each([
    ['accepts everything', 'echo "Verified OK" >&2', 'never signed'],
    ['says nothing', 'exit 0', 'does not accept a good signature'],
    ['is no cosign', 'exit 1', 'does not accept a good signature'],
  ])('has no cosign that %s', async (_, body, problem) => {
    writeFileSync(named.cosign, `#!/bin/sh\n${body}\n`)
    const text = await wrong()
    expect(text).toContain('"cosign"')
    expect(text).toContain(problem)
  })

  it('has an engine socket that is a socket, and a process folder', async () => {
    expect(await wrong({ engineSocket: named.cosign })).toContain('"engineSocket"')
    expect(await wrong({ engineSocket: stage.folder, rootless: 'allow' })).toContain('"engineSocket"')
    expect(await wrong({ procFolder: '/nowhere' })).toContain('"procFolder"')
    expect(await wrong({ procFolder: named.cosign })).toContain('"procFolder"')
  })

  it('lets no folder be mounted that leads to the machine, is not one, or contains what the plugin relies on', async () => {
    const mounts = (...paths: readonly string[]) => ({ launch: { mounts: [...paths] } })
    const agent = join(stage.folder, 'agent', 'sockets')
    mkdirSync(agent, { recursive: true })
    expect(await wrong(mounts(agent, join(stage.folder, 'agent', 'later')))).toBe('')
    symlinkSync('/', join(stage.folder, 'agent', 'root'))
    expect(await wrong(mounts(join(stage.folder, 'agent', 'root')))).toContain('launch.mounts.0')
    symlinkSync('/etc', join(stage.folder, 'agent', 'etc'))
    expect(await wrong(mounts(agent, join(stage.folder, 'agent', 'etc')))).toContain('launch.mounts.1')
    expect(await wrong(mounts(named.cosign))).toContain('launch.mounts.0')
    // The engine's socket, cosign, the trusted root and the records lie in these.
    for (const path of [stage.folder, join(stage.folder, 'own'), named.records]) {
      expect(await wrong(mounts(path))).toContain('launch.mounts.0')
    }
    symlinkSync(stage.folder, join(built, 'elsewhere'))
    expect(await wrong(mounts(join(built, 'elsewhere')))).toContain('launch.mounts.0')
  })

  it('has TUF files that only their owner can change', async () => {
    const tuf = (root: string, cache: string) => ({ trustedRoot: { tuf: { root, cache } } })
    const cache = join(stage.folder, 'own', 'tuf')
    const root = join(stage.folder, 'own', 'tuf-root.json')
    expect(await wrong(tuf(root, cache))).toContain('trustedRoot.tuf.root')
    writeFileSync(root, '{"signed":{"_type":"root","expires":"2099-01-01T00:00:00Z"}}')
    expect(await wrong(tuf(root, cache))).toBe('')
    chmodSync(root, 0o666)
    expect(await wrong(tuf(root, cache))).toContain('trustedRoot.tuf.root')
    chmodSync(root, 0o644)
    mkdirSync(cache)
    chmodSync(cache, 0o777)
    expect(await wrong(tuf(root, cache))).toContain('trustedRoot.tuf.cache')
  })
})

describe('on the command line', () => {
  const run = async (...args: string[]) => {
    const outcome = await runCommand({ program: process.execPath, args: [program, ...args], timeoutMs: 20_000 })
    return outcome.kind === 'exited' ? { code: outcome.exitCode, text: outcome.stdout + outcome.stderr } : outcome
  }

  it('a configuration is checked with the file that contains it', async () => {
    const file = join(stage.folder, 'plugin.json')
    writeFileSync(file, config(), { mode: 0o644 })
    expect(await run('--check-config', file)).toMatchObject({ code: 0 })
    chmodSync(file, 0o666)
    for (const args of [
      ['--check-config', file],
      ['explain', 'hello', '--config', file],
    ]) {
      expect(await run(...args)).toMatchObject({ code: 1, text: expect.stringContaining('everyone can write') })
    }
    chmodSync(file, 0o644)
    await stage.engine.stop()
    rmSync(stage.engine.socket, { force: true })
    expect(await run('--check-config', file)).toMatchObject({ code: 1, text: expect.stringContaining('engineSocket') })
    await stage.engine.start()
  })

  it('nothing waits for a FIFO, reads an endless file or quotes a file', async () => {
    const fifo = join(stage.folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const secret = join(stage.folder, 'shadow')
    writeFileSync(secret, 'root:*:19000:0:99999:7:::\n', { mode: 0o600 })
    const bundleFile = join(stage.folder, 'bundle.json')
    writeFileSync(bundleFile, bundle('engineer'))
    const who = ['--certificate-identity', 'a@b.example', '--certificate-oidc-issuer', 'https://i']
    for (const file of [fifo, '/dev/zero', secret, '/nowhere']) {
      for (const args of [
        ['--check-config', file],
        ['explain', 'hello', '--config', file],
        ['verify-bundle', '--bundle', file, ...who, imageA.digest],
        ['verify-bundle', '--bundle', bundleFile, '--trusted-root', file, ...who, imageA.digest],
        ['verify-bundle', '--bundle', bundleFile, '--key', file, imageA.digest],
        ['verify-bundle', '--bundle', bundleFile, ...who, file],
      ]) {
        const answer = await run(...args)
        expect(answer).toMatchObject({ code: 1 })
        expect(JSON.stringify(answer)).not.toContain('root:')
      }
    }
  })
})

describe('the plugin', () => {
  it('refuses the same, waits for an engine at the start, and stops reading a trusted root that became unsafe', async () => {
    const host = new PluginHost(program, { TMPDIR: stage.folder })
    try {
      await host.load()
      chmodSync(named.cosign, 0o777)
      await expect(host.configure(config())).rejects.toThrow(/everyone can write/)
      chmodSync(named.cosign, 0o755)
      stage.run(imageA)
      stage.registry.attach(imageA.digest, [bundle('engineer')])
      const registries = [{ host: stage.registry.host, plainHttp: true }]
      await host.configure(config({ registries, engineSocket: join(stage.folder, 'later'), cacheSeconds: 0 }))
      expect(host.logs.map((line) => line['@message'])).toContain(
        'No container can be attested yet: no container runtime',
      )
      await host.configure(config({ registries, cacheSeconds: 0, cachedSignatures: 0 }))
      await expect(host.configure(config({ engineSocket: join(stage.folder, 'later') }))).rejects.toThrow(
        /engineSocket/,
      )
      expect(await host.attest(workloadPid)).toContain(`${prefix}repository:${stage.repository}`)
      chmodSync(named.trustedRoot, 0o666)
      expect(await host.attest(workloadPid)).toMatchObject({ details: expect.stringContaining('everyone can write') })
      expect(existsSync(join(named.records, 'decisions.jsonl'))).toBe(true)
    } finally {
      await host.kill()
    }
  })
})
