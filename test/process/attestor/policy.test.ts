import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AttestorConfigFile } from '../../../src/core/attestor/config-schema.ts'
import { digestHex } from '../../../src/core/domain/digest.ts'
import { bundle, engineer, imageA, imageB, intern } from '../../fixtures/sigstore-fixtures.ts'
import { bundlePlugin, PluginHost } from './plugin-host.ts'
import { containerId, prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-policy-'))
const plugin = join(built, 'attestor-plugin.cjs')
let stage: Stage
let host: PluginHost
beforeAll(async () => {
  await bundlePlugin(plugin)
  stage = await new Stage().start()
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
})
afterAll(async () => {
  await host.kill()
  await stage.stop()
  rmSync(built, { recursive: true })
})

const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

/** The answer under a configuration, and the gate that fell. */
async function attest(more: Partial<AttestorConfigFile> = {}) {
  await host.configure(stage.config({ cacheSeconds: 0, ...more }))
  const answer = await host.attest(workloadPid)
  return { answer, fell: await stage.fell(), record: await stage.decision() }
}

describe('who may sign', () => {
  beforeEach(() => {
    stage.run(imageB)
    stage.registry.attach(imageB.digest, [bundle('other-image'), bundle('intern')])
  })

  it('is everybody when the configuration names nobody', async () => {
    expect((await attest()).answer).toEqual(expect.arrayContaining([signer(engineer), signer(intern)]))
  })

  it.each([
    ['the very pair', engineer],
    ['a pattern', { issuer: engineer.issuer, subject: { pattern: 'eng*@sandbox.example' } }],
  ])('is %s, and of two signatures only the allowed one counts', async (_, allowed) => {
    const before = stage.cosignRuns().length
    const { answer } = await attest({ signers: [allowed] })
    expect(answer).toContain(signer(engineer))
    expect(answer).not.toContain(signer(intern))
    // What does not count costs no cosign.
    expect(stage.cosignRuns().length - before).toBe(1)
  })

  it.each([
    ['the right subject with another issuer', { ...engineer, issuer: 'https://other.example' }],
    ['another subject with the right issuer', { ...engineer, subject: 'outsider@sandbox.example' }],
    ['a part of the name', { ...engineer, subject: 'engineer' }],
    ['a pattern for a part of it', { ...engineer, subject: { pattern: 'engineer@*.exam' } }],
    ['what would be a regular expression', { ...engineer, subject: '.*' }],
  ])('is nobody here for %s: two signatures, neither of the wanted pair', async (_, allowed) => {
    const before = stage.cosignRuns().length
    const { answer, fell, record } = await attest({ signers: [allowed] })
    expect([answer, fell]).toEqual([[], 'signer failed'])
    const gate = record.gates.find((each) => each.id === 'signer')
    expect(gate?.found).toContain(`${engineer.subject}, vouched for by ${engineer.issuer}`)
    expect(gate?.found).toContain(intern.subject)
    expect(gate?.remedy).toContain('"signers"')
    expect(stage.cosignRuns().length).toBe(before)
  })
})

describe('what a signature must be', () => {
  it('is of the predicate type that the configuration names', async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer'), bundle('other-predicate')])
    const before = stage.cosignRuns().length
    const { answer, record } = await attest({ predicateType: 'https://example.test/other' })
    expect(answer).toContain(signer(engineer))
    expect(record.rejectedBundles).toHaveLength(1)
    expect(stage.cosignRuns()[before]).toContain('--type=https://example.test/other')
  })

  it.each(['sct', 'timestamp', 'log'] as const)('has as many of %s as are asked for', async (what) => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    const { answer, fell } = await attest({ thresholds: { [what]: 2 } })
    expect([answer, fell]).toEqual([[], 'signer failed'])
    expect((await attest({ thresholds: { [what]: 1 } })).answer).toContain(signer(engineer))
  })

  it('is no signature of the legacy format, which is named', async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [])
    stage.registry.answer(`manifests/sha256-${digestHex(imageA.digest)}.sig`, imageB.manifest)
    const { answer, fell, record } = await attest()
    expect([answer, fell]).toEqual([[], 'signature failed'])
    expect(record.gates.find((gate) => gate.id === 'signature')?.found).toContain('legacy format')
  })
})

describe('an image that is skipped', () => {
  it.each([
    ['its id', imageA.id],
    ['its digest', imageA.digest],
  ])('by %s gets nothing, and nobody is asked', async (_, digest) => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    const before = stage.registry.requests.length
    const { answer, record } = await attest({ skippedImages: [digest] })
    expect([answer, record.answer, stage.registry.requests.length]).toEqual([[], 'none', before])
    expect(record.gates[2]).toMatchObject({ verdict: 'not-checked', found: `the configuration skips ${digest}` })
    expect((await attest({ skippedImages: [imageB.digest] })).answer).toContain(signer(engineer))
  })
})

describe('a container', () => {
  const start = { Entrypoint: ['/workload'], Cmd: null, Env: ['A=1'], User: '65532:65532', WorkingDir: '' }
  const rights = { Privileged: false, CapAdd: null, PidMode: '', IpcMode: 'private', SecurityOpt: null }
  const mount = { Type: 'bind', Source: '/run/agent', Destination: '/spire-agent' }
  const tmpfs = { Type: 'tmpfs', Source: '', Destination: '/tmp' }
  beforeEach(() => stage.registry.attach(imageA.digest, [bundle('engineer')]))
  afterEach(() => {
    stage.engine.changes = null
    stage.process(workloadPid, '222', `0::/docker/${containerId}\n`, 4000)
  })
  const launched = async (more: object, changes: readonly string[] | null = null) => {
    stage.engine.changes = changes
    stage.run(imageA, undefined, more)
    return attest({ launch: { mounts: ['/run/agent'] } })
  }
  const gate = (record: Awaited<ReturnType<typeof attest>>['record']) => record.gates.find(({ id }) => id === 'launch')
  const asBuilt = `${prefix}launch:as-built`

  it.each([
    ['nothing besides', {}, null],
    ['the agent\u2019s socket and a tmpfs', { Mounts: [mount, tmpfs] }, ['/spire-agent', '/tmp']],
    ['a tmpfs given by option', { HostConfig: { ...rights, Tmpfs: { '/run/x': '' } } }, ['/run', '/run/x']],
    [
      'the path that the engine sets',
      { Config: { ...start, Env: ['A=1', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] } },
      null,
    ],
    ['its name as an argument, as Podman says it', { Args: ['/workload'] }, null],
    [
      'a read-only file system, as Podman makes it',
      { HostConfig: { ...rights, ReadonlyRootfs: true } },
      ['/run', '/tmp', '/var', '/var/tmp'],
    ],
    ['new privileges ruled out', { HostConfig: { ...rights, SecurityOpt: ['no-new-privileges'] } }, null],
  ])('with %s is launched as built', async (_, more, changes) => {
    const { answer, record } = await launched(more, changes)
    expect([gate(record)?.verdict, gate(record)?.found]).toEqual(['passed', '/workload, as built'])
    expect(answer).toContain(asBuilt)
  })

  const config = (more: object) => ({ Config: { ...start, ...more } })
  const host_ = (more: object) => ({ HostConfig: { ...rights, ...more } })
  const cases: [string, object, string[] | null, string][] = [
    ['another entry point', config({ Entrypoint: ['/bin/sh'] }), null, 'another entry point: /bin/sh'],
    ['no entry point', config({ Entrypoint: null }), null, 'another entry point: none'],
    ['another command', config({ Cmd: ['-evil'] }), null, 'another command: -evil'],
    ['its name for an argument', { ...config({ Cmd: ['/workload'] }), Args: ['/workload'] }, null, 'another command'],
    ['its name twice for arguments', { Args: ['/workload', '/workload'] }, null, 'another program'],
    ['another program than it says', { Path: '/bin/sh' }, null, 'another program: /bin/sh'],
    ['LD_PRELOAD', config({ Env: ['A=1', 'LD_PRELOAD=/evil.so'] }), null, 'another environment: LD_PRELOAD'],
    ['another value', config({ Env: ['A=2'] }), null, 'another environment: A'],
    ['another path', config({ Env: ['A=1', 'PATH=/evil'] }), null, 'another environment: PATH'],
    ['a variable less', config({ Env: [] }), null, 'another environment: A'],
    ['another user', config({ User: '' }), null, 'another user: root'],
    ['another folder', config({ WorkingDir: '/evil' }), null, 'another folder: /evil'],
    ['a health check of its own', config({ Healthcheck: { Test: ['CMD', '/evil'] } }), null, 'another health check'],
    ['a mount', { Mounts: [mount, { ...mount, Source: '/evil' }] }, null, '/evil is mounted at /spire-agent'],
    [
      'a volume',
      { Mounts: [{ Type: 'volume', Source: '/var/lib/v', Destination: '/app' }] },
      null,
      '/var/lib/v is mounted',
    ],
    ['a copied file', {}, ['/workload'], 'changed since the image: /workload'],
    ['files beside a mount', { Mounts: [mount] }, ['/spire-agent', '/spire-agent2', '/x'], '/spire-agent2 and 1 more'],
    ['a folder besides', {}, ['/tmp'], 'changed since the image: /tmp'],
    [
      'a file in a read-only one',
      host_({ ReadonlyRootfs: true }),
      ['/tmp', '/tmp/x'],
      'changed since the image: /tmp/x',
    ],
    ['all privileges', host_({ Privileged: true }), null, 'privileged'],
    ['a capability', host_({ CapAdd: ['SYS_PTRACE'] }), null, 'SYS_PTRACE'],
    ['a device', host_({ Devices: [{ PathOnHost: '/dev/kvm' }] }), null, 'devices'],
    ['no seccomp', host_({ SecurityOpt: ['seccomp=unconfined'] }), null, 'seccomp=unconfined'],
    ['the machine\u2019s processes', host_({ PidMode: 'host' }), null, 'process name space host'],
    ['another container\u2019s memory', host_({ IpcMode: 'container:abc' }), null, 'IPC name space container:abc'],
    ['a program started besides', { ExecIDs: ['abc'] }, null, 'another program was started'],
  ]
  it.each(cases)('with %s has its signature, but is not launched as built', async (_, more, changes, found) => {
    const { answer, record } = await launched(more, changes)
    expect(gate(record)).toMatchObject({ verdict: 'failed' })
    expect(gate(record)?.found).toContain(found)
    expect(answer).toContain(signer(engineer))
    expect(answer).not.toContain(asBuilt)
    expect(JSON.stringify(record)).not.toContain('/evil.so')
  })

  describe('in which Podman named the image\u2019s user', () => {
    const written = ['/etc', '/etc/group', '/etc/passwd']
    const passwd = '65532:*:65532:65532:container user:/:/bin/sh\n'
    const group = '65532:x:65532:65532\n'
    const found = async (files: Record<string, string>, changes: string[]) => {
      stage.engine.files.clear()
      for (const [path, text] of Object.entries(files)) stage.engine.files.set(path, text)
      return gate((await launched({}, changes)).record)
    }

    it('is launched as built', async () => {
      expect(await found({ '/etc/passwd': passwd, '/etc/group': group }, written)).toMatchObject({ verdict: 'passed' })
    })

    it.each([
      ['another name', { '/etc/passwd': `root:*:0:0:evil:/:/bin/sh\n`, '/etc/group': group }, written, '/etc'],
      [
        'a line more',
        { '/etc/passwd': `${passwd}evil:*:0:0::/:/bin/sh\n`, '/etc/group': group },
        written,
        '/etc/passwd',
      ],
      ['another group', { '/etc/passwd': passwd, '/etc/group': `${group}0:x:0:65532\n` }, written, '/etc/group'],
      ['a file besides', { '/etc/passwd': passwd, '/etc/group': group }, [...written, '/etc/shadow'], '/etc/shadow'],
    ])('but not with %s', async (_, files, changes, path) => {
      const says = await found(files, changes)
      expect(says).toMatchObject({ verdict: 'failed', found: expect.stringContaining(path) })
    })

    it('and nobody knows when the file cannot be read', async () => {
      expect(await found({}, written)).toMatchObject({ verdict: 'could-not-check' })
    })
  })

  it('does not vouch for a process that was started into it from outside', async () => {
    stage.process(workloadPid, '222', `0::/docker/${containerId}\n`, 1)
    const { record } = await launched({})
    expect(gate(record)?.found).toContain('from outside')
  })

  it('whose launch the engine does not describe is an error, unless nobody asks', async () => {
    expect((await launched({ Config: 'odd' })).answer).toMatchObject({ code: status.UNAVAILABLE })
    const without = await attest({ launch: { check: false } })
    expect(without.answer).toContain(signer(engineer))
    expect(gate(without.record)).toMatchObject({
      verdict: 'not-checked',
      found: 'the configuration does not ask for it',
    })
  })
})
