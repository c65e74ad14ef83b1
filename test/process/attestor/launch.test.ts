import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { imageA } from '../../fixtures/sigstore-fixtures.ts'
import type { Mounted } from './fake-root.ts'
import {
  agent,
  bind,
  config,
  expectAsBuilt,
  expectRefused,
  LaunchStage,
  settings,
  shown,
  start,
} from './launch-stage.ts'
import { initPid } from './stage.ts'

const on = new LaunchStage()

describe('a container is launched as built', () => {
  it('without anything added', async () => expectAsBuilt(await on.launched()))

  it('with the agent\u2019s socket, read-only, and a tmpfs', async () => {
    const close = await on.agentFolder()
    on.stage.mount({ ...shown(), '/run': ['tmpfs'], '/data': ['tmpfs'] })
    on.stage.root.image('/run/of-the-image', 'x')
    const Mounts = [bind(), { Type: 'tmpfs', Destination: '/run' }]
    expectAsBuilt(await on.launched({ Mounts, ...settings({ Tmpfs: { '/data/': 'size=1m' } }) }))
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
  ])('with %s', async (_, more) => expectAsBuilt(await on.launched(more)))

  it('with a volume that the image declares, if the image has nothing there', async () => {
    on.stage.engine.imageStart = { ...start, Volumes: { '/data': {} } }
    on.stage.root.image('/data')
    on.stage.mount({ '/data': ['ext4'] })
    const volume = { Type: 'volume', Name: 'a'.repeat(64), Driver: 'local', Destination: '/data', RW: true }
    expectAsBuilt(await on.launched({ Mounts: [volume] }))
    on.stage.root.image('/data/file', 'x')
    expectRefused(await on.launched({ Mounts: [volume] }), 'volume at /data covers files of the image')
    on.stage.root.image('/data-2')
    on.stage.mount({ '/data-2': ['ext4'] })
    const named = { ...volume, Name: 'evil', Destination: '/data-2' }
    expectRefused(await on.launched({ Mounts: [named] }), 'volume evil is mounted at /data-2')
  })
})

describe('an unchanged container of a common image is launched as built', () => {
  it.each(['/data/', '/of/../data'])('with a volume that the image declares as %s', async (written) => {
    on.stage.engine.imageStart = { ...start, Volumes: { [written]: {} } }
    on.stage.root.image('/data')
    on.stage.mount({ '/data': ['ext4'] })
    const volume = { Type: 'volume', Name: 'a'.repeat(64), Driver: 'local', Destination: '/data', RW: true }
    expectAsBuilt(await on.launched({ Mounts: [volume] }))
  })

  it('with the engine\u2019s own init, if /sbin is a link', async () => {
    on.stage.root.image('/usr/sbin/of-the-image', 'x')
    for (const root of [on.stage.root.lower, join(on.stage.folder, 'rootfs')])
      symlinkSync('usr/sbin', join(root, 'sbin'))
    on.stage.mount({ '/usr/sbin/docker-init': ['ext4'] })
    expectAsBuilt(await on.launched(settings({ Init: true })))
  })
})

describe('a container is not launched as built', () => {
  it.each<[string, object, Mounted]>([
    [
      'the agent\u2019s folder where a loader looks first',
      { Mounts: [bind('/usr/lib/glibc-hwcaps/x86-64-v3')] },
      shown('/usr/lib/glibc-hwcaps/x86-64-v3'),
    ],
    [
      'a tmpfs where a loader looks first',
      settings({ Tmpfs: { '/usr/lib/glibc-hwcaps': 'exec' } }),
      { '/usr/lib/glibc-hwcaps': ['tmpfs'] },
    ],
    [
      'the agent\u2019s folder where a shell looks first',
      { Mounts: [bind('/usr/local/sbin')] },
      shown('/usr/local/sbin'),
    ],
  ])('with %s', async (_, more, mounted) => {
    const [target = ''] = Object.keys(mounted)
    on.stage.root.image('/usr/lib/libc.so.6', 'library')
    on.stage.root.image('/usr/local/bin/run', 'program')
    const close = await on.agentFolder(target)
    on.stage.mount(mounted)
    expectRefused(await on.launched(more), target)
    close()
  })

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
  ])('with %s', async (_, more, found) => expectRefused(await on.launched(more), found))

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
  ])('with %s', async (_, more, found) => expectRefused(await on.launched(settings(more)), found))

  it.each<[string, object, Mounted, string]>([
    ['another folder of the machine', bind('/spire-agent', { Source: '/evil' }), shown(), '/evil is mounted at'],
    ['the agent\u2019s folder to write to', bind('/spire-agent', { RW: true }), shown(), 'can be written to'],
    ['it to write to, as the kernel shows', bind(), shown('/spire-agent', false), 'can be written to'],
    ['it over the image\u2019s program', bind('/app'), shown('/app'), 'bind at /app covers files of the image'],
    ['it behind a link of the image', bind('/link'), shown('/app'), 'bind at /app covers files of the image'],
    ['a tmpfs over files of the image', { Type: 'tmpfs', Destination: '/app' }, { '/app': ['tmpfs'] }, 'covers files'],
    ['an image', { Type: 'image', Source: 'evil', Destination: '/x' }, { '/x': ['overlay'] }, 'evil is mounted at /x'],
  ])('with %s mounted', async (_, mount, mounted, found) => {
    const close = await on.agentFolder()
    on.stage.root.image('/app/run', 'program')
    symlinkSync('/app', join(on.stage.root.lower, 'link'))
    on.stage.mount(mounted)
    expectRefused(await on.launched({ Mounts: [mount] }), found)
    close()
  })

  it('but is with the agent\u2019s socket mounted on its own', async () => {
    const close = await on.agentFolder()
    on.stage.mount(shown('/spire-agent/api.sock'))
    const socket = bind('/spire-agent/api.sock', { Source: `${agent}/api.sock` })
    on.stage.run(imageA, undefined, { Mounts: [socket] })
    await on.configure({ mounts: [`${agent}/api.sock`] })
    expectAsBuilt(await on.attested())
    close()
  })

  it('with a file beside the agent\u2019s socket', async () => {
    const close = await on.agentFolder()
    on.stage.mount(shown())
    on.stage.root.inside('/spire-agent/run', 'evil')
    expectRefused(await on.launched({ Mounts: [bind()] }), 'with run in it: sockets only are accepted')
    close()
  })

  it('with a mount that the engine does not report', async () => {
    on.stage.mount({ '/app': ['ext4'] })
    expectRefused(await on.launched(), 'ext4 is mounted at /app, which the engine does not mention')
  })

  it('with writable kernel settings', async () => {
    on.stage.root.inside('/proc/sys/kernel/core_pattern', 'core')
    on.stage.mount({ '/proc/sys': null })
    expectRefused(await on.launched(), '/proc/sys is open to the container')
    on.stage.mount({ '/proc/sys': ['proc', false] })
    expectRefused(await on.launched(), '/proc/sys is open to the container')
    on.stage.mount({ '/proc/sys': ['proc', true] })
    expectAsBuilt(await on.launched())
  })

  it('with a root that is not an overlay', async () => {
    const table = on.stage.root.mountinfo().replace(' - overlay overlay ', ' - btrfs /dev/sda ')
    writeFileSync(join(on.stage.procOf(initPid), 'mountinfo'), table)
    expectRefused(await on.launched(), 'no overlay file system (btrfs)')
  })
})

describe('a container\u2019s own files', () => {
  it('that differ from the image are named, at the very next attestation', async () => {
    expectAsBuilt(await on.launched())
    on.stage.root.own('/evil', 'x')
    on.stage.root.own('/workload', 'other')
    expectRefused(await on.launched(), 'changed since the image: /')
    expect((await on.attested()).gate?.found).toMatch(/\/(evil \(added\)|workload \(changed\)) and 1 more$/)
    on.stage.root.reset()
    expectAsBuilt(await on.launched())
  })

  it.each<[string, () => void, string]>([
    ['as the image has it', () => undefined, ''],
    ['with another mode', () => chmodSync(join(on.stage.root.upper, 'run'), 0o777), '/run (folder with mode 0777'],
    [
      'without a file of the image',
      () => rmSync(join(on.stage.folder, 'rootfs', 'run', 'file')),
      '/run (without file)',
    ],
    ['with a file more', () => on.stage.root.own('/run/more', 'x'), '/run/more (added)'],
    [
      'that is a link',
      () => {
        rmSync(join(on.stage.root.upper, 'run'), { recursive: true })
        symlinkSync('/other', join(on.stage.root.upper, 'run'))
      },
      '/run (a link instead of a folder)',
    ],
  ])('may be a folder above a mount point, %s', async (_, change, found) => {
    on.stage.root.image('/run/file', 'x')
    on.stage.root.image('/run/agent')
    on.stage.mount({ '/run/agent': ['tmpfs'] })
    mkdirSync(join(on.stage.root.upper, 'run'))
    change()
    const answer = await on.launched({ Mounts: [{ Type: 'tmpfs', Destination: '/run/agent' }] })
    if (found === '') expectAsBuilt(answer)
    else expectRefused(answer, `changed since the image: ${found}`)
  })

  it('that are too many or unreadable leave the result undetermined', async () => {
    for (let count = 0; count < 300; count += 1) on.stage.root.own(`/f/${count}`, '')
    expectRefused(await on.launched(), 'more changed files than are read')
    rmSync(on.stage.root.lower, { recursive: true })
    on.stage.root.reset()
    expect((await on.launched()).gate).toMatchObject({
      verdict: 'could-not-check',
      found: /cannot be looked into: ENOENT/,
    })
  })
})
