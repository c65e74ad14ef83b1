import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundle, engineer, imageA } from '../../fixtures/sigstore-fixtures.ts'
import type { Mounted } from './fake-root.ts'
import { bundlePlugin, PluginHost } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-launch-'))
const plugin = join(built, 'attestor-plugin.cjs')
let stage: Stage
let host: PluginHost
beforeAll(async () => {
  await bundlePlugin(plugin)
  host = new PluginHost(plugin, { TMPDIR: built })
  await host.load()
})
afterAll(async () => {
  await host.kill()
  rmSync(built, { recursive: true })
})
beforeEach(async () => {
  stage = await new Stage().start()
  stage.registry.attach(imageA.digest, [bundle('engineer')])
})
afterEach(() => stage.stop())

const asBuilt = `${prefix}launch:as-built`
const agent = '/run/agent'
/** The container runs so; answers what the plugin answered, and its gate. */
async function launched(more: object = {}, mounts = [agent]) {
  stage.run(imageA, undefined, more)
  await host.configure(stage.config({ cacheSeconds: 0, launch: { mounts } }))
  return attested()
}
async function attested(pid = workloadPid) {
  const answer = await host.attest(pid)
  const record = await stage.decision()
  return { answer, record, gate: record.gates.find(({ id }) => id === 'launch') }
}
async function expectAsBuilt({ answer, gate }: Awaited<ReturnType<typeof launched>>): Promise<void> {
  expect([gate?.verdict, gate?.found]).toEqual(['passed', '/workload, as built'])
  expect(answer).toContain(asBuilt)
}
async function expectRefused({ answer, gate, record }: Awaited<ReturnType<typeof launched>>, found: string) {
  expect(gate).toMatchObject({ verdict: 'failed' })
  expect(gate?.found).toContain(found)
  expect(answer).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
  expect(answer).not.toContain(asBuilt)
  expect(JSON.stringify(record)).not.toContain('/evil.so')
}

const start = { Entrypoint: ['/workload'], Cmd: null, Env: ['A=1'], User: '65532:65532', WorkingDir: '' }
const config = (more: object) => ({ Config: { ...start, ...more } })
const settings = (more: object) => ({ HostConfig: { Privileged: false, PidMode: '', IpcMode: 'private', ...more } })
const bind = (target = '/spire-agent', more: object = {}) => ({
  Type: 'bind',
  Source: agent,
  Destination: target,
  RW: false,
  ...more,
})
const shown = (target = '/spire-agent', readOnly = true): Mounted => ({ [target]: ['ext4', readOnly] })
/** Where the image has an empty folder for the agent's socket, and the socket lies in what is mounted there. */
async function agentFolder(target = '/spire-agent'): Promise<() => void> {
  stage.root.image(target)
  const server = createServer()
  const socket = join(stage.folder, 'rootfs', target, 'api.sock')
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return () => server.close()
}

describe('a container is launched as built', () => {
  it('with nothing besides', async () => expectAsBuilt(await launched()))

  it('with the agent\u2019s socket, read-only, and a tmpfs', async () => {
    const close = await agentFolder()
    stage.mount({ ...shown(), '/run': ['tmpfs'], '/data': ['tmpfs'] })
    stage.root.image('/run/of-the-image', 'x')
    const Mounts = [bind(), { Type: 'tmpfs', Destination: '/run' }]
    await expectAsBuilt(await launched({ Mounts, ...settings({ Tmpfs: { '/data/': 'size=1m' } }) }))
    close()
  })

  it.each<[string, object]>([
    [
      'the path that the engine sets',
      config({ Env: ['A=1', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] }),
    ],
    ['new privileges ruled out', settings({ SecurityOpt: ['no-new-privileges'] })],
    ['fewer rights and limits', settings({ CapDrop: ['ALL'], Memory: 1e6, PidsLimit: 9, ReadonlyRootfs: true })],
    [
      'kernel settings of its own namespaces',
      settings({ Sysctls: { 'net.core.somaxconn': '9', 'kernel.msgmax': '9' } }),
    ],
    ['a key that says nothing', settings({ KeyOfTomorrow: '', OtherOfTomorrow: null })],
  ])('with %s', async (_, more) => expectAsBuilt(await launched(more)))

  it('with a volume that the image asks for, where the image has nothing', async () => {
    stage.engine.imageStart = { ...start, Volumes: { '/data': {} } }
    stage.root.image('/data')
    stage.mount({ '/data': ['ext4'] })
    const volume = { Type: 'volume', Name: 'a'.repeat(64), Driver: 'local', Destination: '/data', RW: true }
    await expectAsBuilt(await launched({ Mounts: [volume] }))
    stage.root.image('/data/file', 'x')
    await expectRefused(await launched({ Mounts: [volume] }), 'volume at /data covers files of the image')
    stage.root.image('/data-2')
    stage.mount({ '/data-2': ['ext4'] })
    const named = { ...volume, Name: 'evil', Destination: '/data-2' }
    await expectRefused(await launched({ Mounts: [named] }), 'volume evil is mounted at /data-2')
  })
})

describe('a container is not launched as built', () => {
  it.each<[string, object, string]>([
    ['another entry point', config({ Entrypoint: ['/bin/sh'] }), 'another entry point: /bin/sh'],
    ['no entry point', config({ Entrypoint: null }), 'another entry point: none'],
    ['another command', config({ Cmd: ['-evil'] }), 'another command: -evil'],
    ['its name for an argument', { ...config({ Cmd: ['/workload'] }), Args: ['/workload'] }, 'another command'],
    ['its name for an argument that no one gave', { Args: ['/workload'] }, 'another program'],
    ['another program than it says', { Path: '/bin/sh' }, 'another program: /bin/sh'],
    ['LD_PRELOAD', config({ Env: ['A=1', 'LD_PRELOAD=/evil.so'] }), 'another environment: LD_PRELOAD'],
    ['another value', config({ Env: ['A=2'] }), 'another environment: A'],
    ['another path', config({ Env: ['A=1', 'PATH=/evil'] }), 'another environment: PATH'],
    ['a variable less', config({ Env: [] }), 'another environment: A'],
    ['a home, on Docker', config({ Env: ['A=1', 'HOME=/'] }), 'another environment: HOME'],
    ['a kind of container, on Docker', config({ Env: ['A=1', 'container=oci'] }), 'another environment: container'],
    ['another user', config({ User: '' }), 'another user: root'],
    ['another folder', config({ WorkingDir: '/evil' }), 'another folder: /evil'],
    ['a health check of its own', config({ Healthcheck: { Test: ['CMD', '/evil'] } }), 'another health check'],
    ['another shell', config({ Shell: ['/evil'] }), 'another shell: /evil'],
    ['open standard input', config({ OpenStdin: true }), 'standard input is open'],
    ['a terminal', config({ Tty: true }), 'standard input is open'],
    ['a program started besides', { ExecIDs: ['abc'] }, 'another program was started'],
  ])('with %s', async (_, more, found) => expectRefused(await launched(more), found))

  it.each<[string, object, string]>([
    ['all privileges', { Privileged: true, SecurityOpt: ['label=disable'] }, 'privileged'],
    ['a capability', { CapAdd: ['SYS_PTRACE'] }, 'SYS_PTRACE'],
    ['a device', { Devices: [{ PathOnHost: '/dev/kvm' }] }, 'Devices'],
    ['a device by request', { DeviceRequests: [{ Driver: 'nvidia' }] }, 'DeviceRequests'],
    ['every device by rule', { DeviceCgroupRules: ['b *:* rwm'] }, 'DeviceCgroupRules is ["b *:* rwm"]'],
    ['no seccomp', { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }, 'seccomp=unconfined'],
    ['the machine\u2019s processes', { PidMode: 'host' }, 'PidMode is host'],
    ['another container\u2019s processes', { PidMode: 'container:abc' }, 'PidMode is container:abc'],
    ['another container\u2019s memory', { IpcMode: 'container:abc' }, 'IpcMode is container:abc'],
    ['the machine\u2019s host name', { UTSMode: 'host' }, 'UTSMode is host'],
    ['the machine\u2019s users', { UsernsMode: 'host' }, 'UsernsMode is host'],
    ['a group more', { GroupAdd: ['0'] }, 'GroupAdd is ["0"]'],
    ['another container\u2019s volumes', { VolumesFrom: ['abc'] }, 'VolumesFrom'],
    ['another container\u2019s variables', { Links: ['/a:/b/c'] }, 'Links'],
    ['another runtime', { Runtime: 'evil' }, 'Runtime is evil'],
    ['a kernel setting that is not its own', { Sysctls: { 'kernel.core_pattern': '|/x' } }, 'Sysctls'],
    ['an annotation', { Annotations: { 'run.oci.hooks': 'x' } }, 'Annotations'],
    ['a key of tomorrow', { Backdoor: 'open' }, 'Backdoor is open, which this attestor does not know'],
    ['a list of tomorrow that is empty', { GuardedPaths: [] }, 'GuardedPaths is []'],
  ])('with %s', async (_, more, found) => expectRefused(await launched(settings(more)), found))

  it.each<[string, object, Mounted, string]>([
    ['another folder of the machine', bind('/spire-agent', { Source: '/evil' }), shown(), '/evil is mounted at'],
    ['the agent\u2019s folder to write to', bind('/spire-agent', { RW: true }), shown(), 'can be written to'],
    ['it to write to, as the kernel shows', bind(), shown('/spire-agent', false), 'can be written to'],
    ['it over the image\u2019s program', bind('/app'), shown('/app'), 'bind at /app covers files of the image'],
    ['it behind a link of the image', bind('/link'), shown('/app'), 'bind at /app covers files of the image'],
    ['a tmpfs over files of the image', { Type: 'tmpfs', Destination: '/app' }, { '/app': ['tmpfs'] }, 'covers files'],
    ['an image', { Type: 'image', Source: 'evil', Destination: '/x' }, { '/x': ['overlay'] }, 'evil is mounted at /x'],
  ])('with %s mounted', async (_, mount, mounted, found) => {
    const close = await agentFolder()
    stage.root.image('/app/run', 'program')
    symlinkSync('/app', join(stage.root.lower, 'link'))
    stage.mount(mounted)
    await expectRefused(await launched({ Mounts: [mount] }), found)
    close()
  })

  it('with a file beside the agent\u2019s socket', async () => {
    const close = await agentFolder()
    stage.mount(shown())
    stage.root.inside('/spire-agent/run', 'evil')
    await expectRefused(await launched({ Mounts: [bind()] }), 'with run in it: sockets only are accepted')
    close()
  })

  it('with a mount that the engine does not mention', async () => {
    stage.mount({ '/app': ['ext4'] })
    await expectRefused(await launched(), 'ext4 is mounted at /app, which the engine does not mention')
  })

  it('with the kernel\u2019s settings open to it', async () => {
    stage.root.inside('/proc/sys/kernel/core_pattern', 'core')
    stage.mount({ '/proc/sys': null })
    await expectRefused(await launched(), '/proc/sys is open to the container')
    stage.mount({ '/proc/sys': ['proc', false] })
    await expectRefused(await launched(), '/proc/sys is open to the container')
    stage.mount({ '/proc/sys': ['proc', true] })
    await expectAsBuilt(await launched())
  })

  it('with a root that is no overlay', async () => {
    const table = stage.root.mountinfo().replace(' - overlay overlay ', ' - btrfs /dev/sda ')
    writeFileSync(join(stage.procOf(initPid), 'mountinfo'), table)
    await expectRefused(await launched(), 'no overlay file system (btrfs)')
  })
})

describe('a container\u2019s own files', () => {
  it('that are not the image\u2019s are named, at the very next attestation', async () => {
    await expectAsBuilt(await launched())
    stage.root.own('/evil', 'x')
    stage.root.own('/workload', 'other')
    await expectRefused(await launched(), 'changed since the image: /')
    expect((await attested()).gate?.found).toMatch(/\/(evil \(added\)|workload \(changed\)) and 1 more$/)
    stage.root.reset()
    await expectAsBuilt(await launched())
  })

  it.each<[string, () => void, string]>([
    ['as the image has it', () => undefined, ''],
    ['with another mode', () => chmodSync(join(stage.root.upper, 'run'), 0o777), '/run (folder with mode 0777'],
    ['without a file of the image', () => rmSync(join(stage.folder, 'rootfs', 'run', 'file')), '/run (without file)'],
    ['with a file more', () => stage.root.own('/run/more', 'x'), '/run/more (added)'],
    [
      'that is a link',
      () => {
        rmSync(join(stage.root.upper, 'run'), { recursive: true })
        symlinkSync('/other', join(stage.root.upper, 'run'))
      },
      '/run (a link instead of a folder)',
    ],
  ])('may be a folder above a mount point, %s', async (_, change, found) => {
    stage.root.image('/run/file', 'x')
    stage.root.image('/run/agent')
    stage.mount({ '/run/agent': ['tmpfs'] })
    mkdirSync(join(stage.root.upper, 'run'))
    change()
    const answer = await launched({ Mounts: [{ Type: 'tmpfs', Destination: '/run/agent' }] })
    await (found === '' ? expectAsBuilt(answer) : expectRefused(answer, `changed since the image: ${found}`))
  })

  it('are too many to be read, or cannot be: which is no answer', async () => {
    for (let count = 0; count < 300; count += 1) stage.root.own(`/f/${count}`, '')
    await expectRefused(await launched(), 'more changed files than are read')
    rmSync(stage.root.lower, { recursive: true })
    stage.root.reset()
    expect((await launched()).gate).toMatchObject({
      verdict: 'could-not-check',
      found: /cannot be looked into: ENOENT/,
    })
  })
})

describe('on Podman', () => {
  beforeEach(() => {
    stage.engine.server = 'Libpod/5.8.6 (linux)'
  })
  const passwd = '65532:*:65532:65532:container user:/:/bin/sh\n'
  const group = '65532:x:65532:65532\n'
  const own = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) stage.root.own(path, text)
  }

  it.each<[string, object]>([
    ['its name as an argument', { Args: ['/workload'] }],
    ['its own variables', config({ Env: ['A=1', 'container=podman', 'TERM=xterm', 'HOME=/'] })],
    ['a home from the image', config({ Env: ['A=1', 'HOME=/home/app'] })],
    ['its own annotations', settings({ Annotations: { 'io.container.manager': 'libpod' } })],
  ])('a container with %s is launched as built', async (_, more) => {
    stage.root.image('/etc/passwd', 'app:x:65532:65532::/home/app:/bin/sh\n')
    await expectAsBuilt(await launched(more))
  })

  it.each<[string, object, string]>([
    ['its name twice for arguments', { Args: ['/workload', '/workload'] }, 'another program'],
    ['another home', config({ Env: ['A=1', 'HOME=/evil'] }), 'another environment: HOME'],
    ['an annotation for the runtime', settings({ Annotations: { 'run.oci.hooks': 'x' } }), 'Annotations'],
  ])('a container with %s is not', async (_, more, found) => expectRefused(await launched(more), found))

  it('the health check of an image is asked for by itself', async () => {
    const { Healthcheck } = { Healthcheck: { Test: ['CMD', '/check'] } }
    stage.engine.podmanHealthCheck = Healthcheck
    await expectAsBuilt(await launched(config({ Healthcheck })))
    stage.engine.podmanHealthCheck = undefined
    await expectRefused(await launched(config({ Healthcheck })), 'another health check: CMD /check')
  })

  it.each<[string, string | undefined, string]>([
    ['alone', undefined, passwd],
    ['after those of the image', 'root:x:0:0::/:/bin/sh\n', `root:x:0:0::/:/bin/sh\n${passwd}`],
    ['after a last line without an end', 'root:x:0:0::/:/bin/sh', `root:x:0:0::/:/bin/sh${passwd}`],
  ])('the image\u2019s user may be named, %s', async (_, before, after) => {
    if (process.getuid?.() !== 0) return
    if (before !== undefined) stage.root.image('/etc/passwd', before)
    stage.root.image('/etc/hosts', '')
    own({ '/etc/passwd': after, '/etc/group': group })
    await expectAsBuilt(await launched())
  })

  it.each<[string, Record<string, string>, string]>([
    ['another name', { '/etc/passwd': 'root:*:0:0:evil:/:/bin/sh\n', '/etc/group': group }, '/etc/passwd'],
    ['a line more', { '/etc/passwd': `${passwd}evil:*:0:0::/:/bin/sh\n`, '/etc/group': group }, '/etc/passwd'],
    ['another group', { '/etc/passwd': passwd, '/etc/group': `${group}0:x:0:65532\n` }, '/etc/group'],
    ['a file besides', { '/etc/passwd': passwd, '/etc/group': group, '/etc/shadow': '' }, '/etc/shadow'],
  ])('but with %s it is not as built', async (_, files, path) => {
    stage.root.image('/etc/hosts', '')
    own(files)
    await expectRefused(await launched(), `${path} (added)`)
  })

  it('these texts are its own: on Docker they are changes', async () => {
    stage.engine.server = 'Docker/28.5.2 (linux)'
    stage.root.image('/etc/hosts', '')
    own({ '/etc/passwd': passwd })
    await expectRefused(await launched(), '/etc/passwd (added)')
  })
})

describe('the process that asks', () => {
  const cgroup = `0::/docker/${containerId}\n`

  it.each<[string, () => void, string]>([
    [
      'was started into it from outside',
      () => stage.process(workloadPid, '222', cgroup, 1),
      'started into the container from outside',
    ],
    [
      'has a mount namespace of its own',
      () => stage.root.link(stage.procOf(workloadPid), 'ns/mnt', 'mnt:[7]'),
      'a namespace of its own (mnt)',
    ],
    [
      'lives in a user namespace that is not ours',
      () => stage.root.link(stage.procOf(initPid), 'ns/user', 'user:[7]'),
      'a user namespace of its own',
    ],
    ['has another root', () => stage.root.link(stage.procOf(workloadPid), 'root', '/'), 'another root folder'],
    [
      'is traced',
      () => writeFileSync(join(stage.procOf(workloadPid), 'status'), 'TracerPid:\t7\nCapBnd:\t0\n'),
      `process ${workloadPid} is traced`,
    ],
    [
      'may have more rights than usual',
      () => writeFileSync(join(stage.procOf(initPid), 'status'), 'TracerPid:\t0\nCapBnd:\t000001ffffffffff\n'),
      'more capabilities than usual: 000001ff57fbda04',
    ],
    [
      'runs another program',
      () => stage.root.link(stage.procOf(workloadPid), 'exe', stage.root.otherProgram),
      'which is no file of the image',
    ],
    [
      'has a parent that runs another program',
      () => stage.root.link(stage.procOf(initPid), 'exe', stage.root.otherProgram),
      'which is no file of the image',
    ],
    [
      'runs a program of a mount',
      () => stage.mount({ [join(stage.folder, 'rootfs')]: ['tmpfs'] }),
      'which is no file of the image',
    ],
    [
      'shares its process namespace with another container',
      () => {
        const [stat, other] = [join(stage.folder, 'stat'), join(stage.folder, 'cgroup')]
        writeFileSync(stat, `5 (evil) S 0 5 5 ${'0 '.repeat(15)} 99 0\n`)
        writeFileSync(other, `0::/docker/${'e'.repeat(64)}\n`)
        stage.root.seenInside(5, stat, other)
      },
      `another container shares the process namespace: ${'e'.repeat(64)}`,
    ],
  ])('%s: that is not as built', async (_, change, found) => {
    await expectAsBuilt(await launched())
    change()
    const answer = await launched(
      found === 'which is no file of the image' ? settings({ Tmpfs: { [join(stage.folder, 'rootfs')]: '' } }) : {},
    )
    await expectRefused(answer, found)
  })

  it('cannot be looked into by who is not allowed to', async () => {
    await launched()
    rmSync(join(stage.procOf(initPid), 'mountinfo'))
    const { answer, gate } = await attested()
    expect(answer).toMatchObject({ code: status.UNAVAILABLE })
    expect(gate).toMatchObject({ verdict: 'could-not-check', remedy: expect.stringContaining('as root') })
  })

  describe('with a session of its own', () => {
    beforeEach(() => {
      stage.process(workloadPid, '222', cgroup, initPid, workloadPid)
      stage.engine.server = 'Docker/28.5.2 (linux)'
    })
    const engineStarts = (): void => stage.engine.happens('start', containerId)

    it('is the image\u2019s own when the engine knows of nothing that was started besides', async () => {
      stage.engine.happens('exec_create: /bin/evil ', containerId)
      engineStarts()
      stage.engine.happens('exec_create: /bin/evil ', 'e'.repeat(64))
      await expectAsBuilt(await launched())
    })

    it('may have come from outside when something was, even if that has ended', async () => {
      engineStarts()
      stage.engine.happens('exec_create: /bin/sh -c evil', containerId)
      stage.engine.happens('exec_die', containerId)
      await expectRefused(await launched(), '/bin/sh -c evil was started from outside')
    })

    it('may have come from outside when the engine does not know any more', async () => {
      await expectRefused(await launched(), 'the engine no longer knows whether it was started from outside')
    })

    it('may have come from outside where the engine is not Docker', async () => {
      stage.engine.server = 'Libpod/5.8.6 (linux)'
      engineStarts()
      await expectRefused(await launched(), 'no longer knows')
    })
  })

  describe('in a container whose image has a health check', () => {
    beforeEach(() => {
      stage.engine.imageStart = { ...start, Healthcheck: { Test: ['CMD-SHELL', 'check it'] } }
      stage.engine.server = 'Docker/28.5.2 (linux)'
    })

    it('is not disturbed by that check, and by nothing else', async () => {
      stage.engine.programs.set('check', ['/bin/sh', '-c', 'check it'])
      await expectAsBuilt(await launched({ ExecIDs: ['check'] }))
      stage.engine.programs.set('evil', ['/bin/sh', '-c', 'evil'])
      await expectRefused(await launched({ ExecIDs: ['check', 'evil'] }), 'besides: /bin/sh -c evil')
      expect((await launched({ ExecIDs: ['gone'] })).gate).toMatchObject({ verdict: 'could-not-check' })
    })

    it('is not as built when it was let in, though only the check is known of', async () => {
      stage.process(workloadPid, '222', cgroup, initPid, workloadPid)
      stage.engine.happens('start', containerId)
      stage.engine.happens('exec_create: /bin/sh -c check it', containerId)
      await expectAsBuilt(await launched())
      stage.engine.happens('exec_create: /bin/sh -c evil', containerId)
      await expectRefused(await launched(), '/bin/sh -c evil was started from outside')
    })
  })
})

it('a launch that the engine does not describe is an error, unless the gate is switched off', async () => {
  expect((await launched({ Config: 'odd' })).answer).toMatchObject({ code: status.UNAVAILABLE })
  await host.configure(stage.config({ cacheSeconds: 0, launch: { check: false } }))
  const { answer, gate } = await attested()
  expect(answer).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
  expect(gate).toMatchObject({ verdict: 'not-checked', found: 'the configuration does not ask for it' })
})

const noOne = 65534
// Becoming another user takes root.
describe.skipIf(process.getuid?.() !== 0)('a plugin of an ordinary user (needs root to become one)', () => {
  let ordinary: PluginHost
  const byEngine = 'by the engine\u2019s word: files and running program cannot be looked at without root'
  beforeEach(async () => {
    for (const folder of [built, stage.folder]) chmodSync(folder, 0o755)
    chmodSync(stage.engine.socket, 0o666)
    chmodSync(join(stage.folder, 'cosign'), 0o755)
    writeFileSync(join(stage.folder, 'cosign-runs'), '')
    chmodSync(join(stage.folder, 'cosign-runs'), 0o666)
    for (const name of ['tmp', 'records', 'agent']) {
      mkdirSync(join(stage.folder, name))
      chownSync(join(stage.folder, name), noOne, noOne)
    }
    ordinary = new PluginHost(plugin, { TMPDIR: join(stage.folder, 'tmp') }, undefined, noOne)
    await ordinary.load()
    // As the kernel keeps them from it.
    for (const pid of [initPid, workloadPid]) chmodSync(join(stage.procOf(pid), 'ns'), 0o700)
    chmodSync(stage.root.upper, 0o700)
  })
  afterEach(() => ordinary.kill())

  async function asked(more: object = {}) {
    stage.run(imageA, undefined, more)
    await ordinary.configure(stage.config({ cacheSeconds: 0, launch: { mounts: [join(stage.folder, 'agent')] } }))
    const answer = await ordinary.attest(workloadPid)
    const { gates } = await stage.decision()
    const gate = gates.find(({ id }) => id === 'launch')
    return { passed: Array.isArray(answer) && answer.includes(asBuilt), found: gate?.found }
  }
  const own = { ...bind(), Source: '' }
  const socket = () => ({ Mounts: [{ ...own, Source: join(stage.folder, 'agent') }] })

  it('believes the engine where it may not look, and says so', async () => {
    stage.mount(shown())
    stage.engine.changes = [['/spire-agent', 1]]
    expect(await asked(socket())).toEqual({ passed: true, found: `/workload, as built ${byEngine}` })
  })

  it.each<[string, () => object | undefined, string]>([
    [
      'a mount over what the image may have',
      () => {
        stage.engine.changes = []
        return socket()
      },
      'covers files of the image',
    ],
    [
      'a folder of the image above a mount',
      () => {
        stage.engine.changes = [
          ['/run', 0],
          ['/run/x', 1],
        ]
        stage.mount({ '/run/x': ['tmpfs'] })
        return settings({ Tmpfs: { '/run/x': '' } })
      },
      'changed since the image: /run (changed)',
    ],
    [
      'a file more',
      () => {
        stage.engine.changes = [['/evil', 1]]
        return undefined
      },
      'changed since the image: /evil (added)',
    ],
    [
      'another container in its process namespace',
      () => {
        const launched = settings({ PidMode: `container:${containerId}` })
        stage.engine.containers.set('e'.repeat(64), { image: imageA.id, pid: 5, launched })
        return undefined
      },
      `another container shares the process namespace: ${'e'.repeat(64)}`,
    ],
    ['another environment', () => config({ Env: ['A=2'] }), 'another environment: A'],
    [
      'a user namespace',
      () => {
        writeFileSync(join(stage.procOf(initPid), 'uid_map'), '0 100000 65536\n')
        return undefined
      },
      'a user namespace of its own',
    ],
    [
      'a tracer',
      () => {
        writeFileSync(join(stage.procOf(workloadPid), 'status'), 'TracerPid:\t7\nCapBnd:\t0\n')
        return undefined
      },
      'is traced',
    ],
  ])('refuses %s', async (_, prepare, found) => {
    stage.mount(shown())
    stage.engine.changes = [['/spire-agent', 1]]
    const more = prepare()
    if (more === undefined) stage.mount({})
    if (more === undefined && !found.includes('evil')) stage.engine.changes = []
    const answer = await asked(more)
    expect(answer.passed).toBe(false)
    expect(answer.found).toContain(found)
  })
})
