import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { runCommand } from '../../../src/core/process/command.ts'
import { messageBundle, ownKeys, ownRoot, pemOf } from '../../fixtures/own-bundle.ts'
import { bundle, engineer, imageA, imageB, trustedRoot, trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { copyPlugin, PluginHost, pluginVersion } from './plugin-host.ts'
import { containerId, prefix, Stage, workloadPid } from './stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'attestor-command-'))
const program = join(folder, 'attestor.cjs')
beforeAll(() => copyPlugin(program))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...args: string[]) {
  const outcome = await runCommand({ program: process.execPath, args: [program, ...args], timeoutMs: 20_000 })
  return {
    code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind,
    out: outcome.stdout,
    error: outcome.stderr,
  }
}

const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

describe('the program on the command line', () => {
  it('says of a configuration what a hardened unit keeps the plugin from', async () => {
    if (process.getuid?.() !== 0) return
    const stage = await new Stage().start()
    try {
      const check = (launch: boolean) => {
        const config = file('confined.json', stage.config({ launch: { check: launch } }))
        const args = ['--bounding-set=-sys_ptrace', process.execPath, program, '--check-config', config]
        return runCommand({ program: 'setpriv', args, timeoutMs: 20_000 })
      }
      const { stdout, ...ended } = await check(true)
      expect(ended).toMatchObject({ kind: 'exited', exitCode: 0 })
      expect(stdout).toMatch(/is accepted\.\n.*without the right to look into containers.*CapabilityBoundingSet=/)
      expect((await check(false)).stdout).not.toContain('look into containers')
    } finally {
      await stage.stop()
    }
  })

  it('describes itself, and refuses what it does not know', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${pluginVersion}\n`, error: '' })
    expect((await run('--help')).out).toContain('verify-bundle')
    const unknown = await run('attest')
    expect([unknown.code, unknown.out]).toEqual([2, ''])
    expect(unknown.error).toContain('--help')
  })

  it('verifies a bundle by identity and by key, for a file and for a digest, without network', async () => {
    const signed = ['--bundle', file('engineer.json', bundle('engineer')), '--trusted-root', trustedRootFile]
    const who = ['--certificate-identity', engineer.subject, '--certificate-oidc-issuer', engineer.issuer]
    const passed = await run('verify-bundle', ...signed, ...who, imageA.digest)
    expect(passed).toMatchObject({ code: 0, error: '' })
    expect(passed.out).toContain(`${imageA.digest} is signed by ${engineer.subject}`)
    expect((await run('verify-bundle', ...signed, ...who, file('a', imageA.manifest))).code).toBe(0)
    const other = await run('verify-bundle', ...signed, ...who, imageB.digest)
    expect([other.code, other.out]).toEqual([1, ''])
    expect(other.error).toContain('it names other subjects')

    const keys = ownKeys()
    const text = Buffer.from('text')
    const own = ['--bundle', file('own.json', JSON.stringify(messageBundle(text, keys)))]
    const key = ['--key', file('key.pub', pemOf(keys.signer.publicKey)), '--trusted-root', file('root', ownRoot(keys))]
    expect((await run('verify-bundle', ...own, ...key, file('text', text))).code).toBe(0)
    expect((await run('verify-bundle', ...own, ...key, file('other', 'other'))).code).toBe(1)
  })

  it('uses the public Sigstore when no trusted root is given', async () => {
    const args = ['--certificate-identity', engineer.subject, '--certificate-oidc-issuer', engineer.issuer]
    const refused = await run('verify-bundle', '--bundle', file('b.json', bundle('engineer')), ...args, imageA.digest)
    expect(refused.code).toBe(1)
    expect(refused.error).toContain('does not verify')
  })

  it('names the file that cannot be read', async () => {
    const refused = await run('verify-bundle', '--bundle', '/nowhere', '--key', '/k', '/f')
    expect(refused.code).toBe(1)
    expect(refused.error).toContain('/nowhere')
  })
})

describe('on a machine with an engine', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await new Stage().start()
  })
  afterEach(() => stage.stop())

  it('names the entries of the trusted root that are not used', async () => {
    const root = JSON.parse(trustedRoot)
    const [log] = root.tlogs
    const broken = { ...log, publicKey: { ...log.publicKey, rawBytes: 'AAAA' } }
    const file = join(stage.folder, 'root.json')
    writeFileSync(file, JSON.stringify({ ...root, tlogs: [broken, log] }))
    const config = join(stage.folder, 'config.json')
    writeFileSync(config, stage.config({ trustedRoot: file }))
    const { code, out } = await run('--check-config', config)
    const about = 'Transparency log 1 cannot be used: this program cannot read its key; it is not used.'
    expect([code, out]).toEqual([0, `${config} is accepted.\n${about}\n`])
  })

  it('checks a configuration and what it names, and creates nothing', async () => {
    const good = join(stage.folder, 'good.json')
    writeFileSync(good, stage.config())
    expect(await run('--check-config', good)).toEqual({ code: 0, out: `${good} is accepted.\n`, error: '' })
    expect(existsSync(stage.records)).toBe(false)
    const { cachedSignatures: _, ...old } = JSON.parse(stage.config())
    writeFileSync(good, JSON.stringify({ ...old, rememberedSignatures: 5 }))
    const notice = 'Deprecated: "rememberedSignatures" is now "cachedSignatures". The old names will be removed.'
    expect((await run('--check-config', good)).out).toBe(`${good} is accepted.\n${notice}\n`)
    writeFileSync(good, `\uFEFF${stage.config()}`)
    expect((await run('--check-config', good)).out).toBe(`${good} is accepted.\n`)
    writeFileSync(good, stage.config({ trustedRoot: '/nowhere' }))
    const refused = await run('--check-config', good)
    expect(refused.code).toBe(1)
    expect(refused.error).toContain('trustedRoot')
    expect((await run('--check-config', '/nowhere/at/all')).code).toBe(1)
  })

  it('explains the decision for a container by name and id, as text and as the record', async () => {
    const config = join(stage.folder, 'config.json')
    writeFileSync(config, stage.config())
    stage.run(imageA)
    const before = readdirSync(tmpdir())
    const denied = await run('explain', 'hello', '--config', config)
    expect(denied.code).toBe(1)
    expect(denied.out).toMatch(/\+ registry +passed/)
    expect(denied.out).toMatch(/- signature +not present +no signature/)
    expect(denied.out).toContain('remedy    Sign the image with cosign sign')
    expect(denied.out).toContain('The agent gets no selectors.')
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    const given = await run('explain', containerId.slice(0, 12), '--config', config, '--json')
    const record = JSON.parse(given.out) as DecisionRecord
    expect([given.code, record.answer]).toEqual([0, 'selectors'])
    expect(record.selectors).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
    // It leaves nothing behind, and its result is not a decision of the plugin's.
    expect(existsSync(stage.records)).toBe(false)
    expect(readdirSync(tmpdir()).filter((name) => name.includes('-plugin-') && !before.includes(name))).toEqual([])
  })

  it('explains why there is nothing to explain', async () => {
    const config = join(stage.folder, 'config.json')
    writeFileSync(config, stage.config())
    expect((await run('explain', 'nobody', '--config', config)).error).toContain('does not know it')
    expect((await run('explain', '../images', '--config', config)).error).toContain('name or the id')
    expect((await run('explain', 'hello', '--config', '/nowhere')).error).toContain('--config')
    expect((await run('explain', 'hello')).error).toContain('/etc/sigstore-attestor/plugin.json')
  })
})

describe('the executable', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
  const executable = join(root, 'dist', 'sigstore-attestor')

  it('needs no Node: it works on the command line, and serves as a plugin', { timeout: 120_000 }, async () => {
    const made = spawnSync(process.execPath, ['src/cli/build-attestor.mjs'], { cwd: root, encoding: 'utf8' })
    expect(made.status, made.stderr).toBe(0)
    const bare = { PATH: '/nowhere' }
    const version = spawnSync(executable, ['--version'], { env: bare, encoding: 'utf8' })
    expect([version.status, version.stderr]).toEqual([0, ''])

    const stage = await new Stage().start()
    const host = new PluginHost(executable, { ...bare, TMPDIR: stage.folder }, [])
    try {
      stage.run(imageA)
      stage.registry.attach(imageA.digest, [bundle('engineer')])
      await host.load()
      await host.configure(stage.config())
      expect(await host.attest(workloadPid)).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
      expect(await host.shutdown()).toBe(0)
      expect(host.stdout).toHaveLength(1)
    } finally {
      await host.kill()
      await stage.stop()
    }
  })
})
