import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { imageA } from '../../fixtures/sigstore-fixtures.ts'
import {
  asBuilt,
  bind,
  config,
  expectAsBuilt,
  expectRefused,
  LaunchStage,
  settings,
  shown,
  signed,
  start,
} from './launch-stage.ts'
import { PluginHost } from './plugin-host.ts'
import { containerId, initPid, workloadPid } from './stage.ts'

const on = new LaunchStage()

describe('the calling process', () => {
  const cgroup = `0::/docker/${containerId}\n`

  it.each<[string, () => void, string]>([
    [
      'was started into it from outside',
      () => on.stage.process(workloadPid, '222', cgroup, 1),
      'started into the container from outside',
    ],
    [
      'has a mount namespace of its own',
      () => on.stage.root.link(on.stage.procOf(workloadPid), 'ns/mnt', 'mnt:[7]'),
      'a namespace of its own (mnt)',
    ],
    [
      'lives in a user namespace that is not ours',
      () => on.stage.root.link(on.stage.procOf(initPid), 'ns/user', 'user:[7]'),
      'a user namespace of its own',
    ],
    ['has another root', () => on.stage.root.link(on.stage.procOf(workloadPid), 'root', '/'), 'another root folder'],
    [
      'is traced',
      () => writeFileSync(join(on.stage.procOf(workloadPid), 'status'), 'TracerPid:\t7\nCapBnd:\t0\n'),
      `process ${workloadPid} is traced`,
    ],
    [
      'may have more rights than usual',
      () => writeFileSync(join(on.stage.procOf(initPid), 'status'), 'TracerPid:\t0\nCapBnd:\t000001ffffffffff\n'),
      'more capabilities than usual: 000001ff57fbda04',
    ],
    [
      'runs another program',
      () => on.stage.root.link(on.stage.procOf(workloadPid), 'exe', on.stage.root.otherProgram),
      'which is no file of the image',
    ],
    [
      'has a parent that runs another program',
      () => on.stage.root.link(on.stage.procOf(initPid), 'exe', on.stage.root.otherProgram),
      'which is no file of the image',
    ],
    [
      'runs a program of a mount',
      () => on.stage.mount({ [join(on.stage.folder, 'rootfs')]: ['tmpfs'] }),
      'which is no file of the image',
    ],
    ...['/lib/libc.so.6 (deleted)', '/dev/shm/other.so'].map((path): [string, () => void, string] => [
      `has loaded ${path}`,
      () => {
        writeFileSync(join(on.stage.procOf(workloadPid), 'maps'), `7f-7f r-xp 00 fe:00 9 ${path}\n`)
      },
      'has loaded',
    ]),
    [
      'has mapped more than is read, and every other workload would wait',
      () => {
        const line = `7f-7f r--p 00 fe:00 9 /${'x'.repeat(4000)}\n`
        writeFileSync(join(on.stage.procOf(workloadPid), 'maps'), line.repeat(2200))
      },
      'has mapped more than is read',
    ],
    [
      'has more companions than are looked at',
      () => {
        const inside = join(on.stage.folder, 'rootfs', 'proc')
        for (let pid = 10_000; pid < 12_100; pid += 1) mkdirSync(join(inside, String(pid)))
      },
      'more than 2048 processes in the container',
    ],
    [
      'shares its process namespace with another container',
      () => {
        const [stat, other] = [join(on.stage.folder, 'stat'), join(on.stage.folder, 'cgroup')]
        writeFileSync(stat, `5 (evil) S 0 5 5 ${'0 '.repeat(15)} 99 0\n`)
        writeFileSync(other, `0::/docker/${'e'.repeat(64)}\n`)
        on.stage.root.seenInside(5, stat, other)
      },
      `another container shares the process namespace: ${'e'.repeat(64)}`,
    ],
  ])('%s: that is not as built', async (_, change, found) => {
    expectAsBuilt(await on.launched())
    change()
    const answer = await on.launched(
      found === 'which is no file of the image' ? settings({ Tmpfs: { [join(on.stage.folder, 'rootfs')]: '' } }) : {},
    )
    expectRefused(answer, found)
  })

  it('cannot be inspected without permission', async () => {
    await on.launched()
    rmSync(join(on.stage.procOf(initPid), 'mountinfo'))
    const { answer, gate } = await on.attested()
    expect(answer).toMatchObject({ code: status.UNAVAILABLE })
    expect(gate).toMatchObject({ verdict: 'could-not-check', remedy: expect.stringContaining('as root') })
  })

  describe('with a session of its own', () => {
    beforeEach(() => {
      on.stage.process(workloadPid, '222', cgroup, initPid, workloadPid)
      on.stage.engine.server = 'Docker/28.5.2 (linux)'
    })
    const engineStarts = (): void => on.stage.engine.happens('start', containerId)

    it('is the image\u2019s own when the engine knows of no exec session', async () => {
      on.stage.engine.happens('exec_create: /bin/evil ', containerId)
      engineStarts()
      on.stage.engine.happens('exec_create: /bin/evil ', 'e'.repeat(64))
      expectAsBuilt(await on.launched())
    })

    it('may have come from outside when there was one, even if it has ended', async () => {
      engineStarts()
      on.stage.engine.happens('exec_create: /bin/sh -c evil', containerId)
      on.stage.engine.happens('exec_die', containerId)
      expectRefused(await on.launched(), '/bin/sh -c evil was started from outside')
    })

    it('may have come from outside when the engine no longer knows', async () => {
      expectRefused(await on.launched(), 'the engine no longer knows whether it was started from outside')
    })

    it('may have come from outside if the engine is not Docker', async () => {
      on.stage.engine.server = 'Libpod/5.8.6 (linux)'
      engineStarts()
      expectRefused(await on.launched(), 'no longer knows')
    })
  })

  describe('in a container whose image has a health check', () => {
    beforeEach(() => {
      on.stage.engine.imageStart = { ...start, Healthcheck: { Test: ['CMD-SHELL', 'check it'] } }
      on.stage.engine.server = 'Docker/28.5.2 (linux)'
    })

    it('is unaffected by that check, but by nothing else', async () => {
      on.stage.engine.programs.set('check', ['/bin/sh', '-c', 'check it'])
      expectAsBuilt(await on.launched({ ExecIDs: ['check'] }))
      on.stage.engine.programs.set('evil', ['/bin/sh', '-c', 'evil'])
      expectRefused(await on.launched({ ExecIDs: ['check', 'evil'] }), 'besides: /bin/sh -c evil')
      expect((await on.launched({ ExecIDs: ['gone'] })).gate).toMatchObject({ verdict: 'could-not-check' })
    })

    it('is not as built when it came from an exec session, though only the check is known', async () => {
      on.stage.process(workloadPid, '222', cgroup, initPid, workloadPid)
      on.stage.engine.happens('start', containerId)
      on.stage.engine.happens('exec_create: /bin/sh -c check it', containerId)
      expectAsBuilt(await on.launched())
      // A person who starts the check may give it LD_PRELOAD, PATH or NODE_OPTIONS, and no event says so.
      on.stage.process(workloadPid, '200000', cgroup, initPid, workloadPid)
      expectRefused(await on.launched(), 'began after the health check was started from outside')
      on.stage.engine.happens('exec_create: /bin/sh -c evil', containerId)
      expectRefused(await on.launched(), '/bin/sh -c evil was started from outside')
    })
  })
})

it('a launch that the engine does not describe is an error, unless the gate is switched off', async () => {
  expect((await on.launched({ Config: 'odd' })).answer).toMatchObject({ code: status.UNAVAILABLE })
  await on.configure({ check: false })
  const { answer, gate } = await on.attested()
  expect(answer).toContain(signed)
  expect(gate).toMatchObject({ verdict: 'not-checked', found: 'the configuration does not ask for it' })
})

const noOne = 65534
// Becoming another user takes root.
describe.skipIf(process.getuid?.() !== 0)('a plugin of an ordinary user (needs root to become one)', () => {
  let ordinary: PluginHost
  const byEngine = '(as the engine reports it: without root, files and the running program cannot be checked)'
  beforeEach(async () => {
    for (const folder of [on.built, on.stage.folder]) chmodSync(folder, 0o755)
    chmodSync(on.stage.engine.socket, 0o666)
    chmodSync(join(on.stage.folder, 'cosign'), 0o755)
    writeFileSync(join(on.stage.folder, 'cosign-runs'), '')
    chmodSync(join(on.stage.folder, 'cosign-runs'), 0o666)
    for (const name of ['tmp', 'records', 'agent']) {
      mkdirSync(join(on.stage.folder, name))
      chownSync(join(on.stage.folder, name), noOne, noOne)
    }
    ordinary = new PluginHost(on.plugin, { TMPDIR: join(on.stage.folder, 'tmp') }, undefined, noOne)
    await ordinary.load()
    // As the kernel denies them.
    for (const pid of [initPid, workloadPid]) chmodSync(join(on.stage.procOf(pid), 'ns'), 0o700)
    chmodSync(on.stage.root.upper, 0o700)
  })
  afterEach(() => ordinary.kill())

  async function asked(more: object = {}) {
    on.stage.run(imageA, undefined, more)
    await ordinary.configure(on.stage.config({ cacheSeconds: 0, launch: { mounts: [join(on.stage.folder, 'agent')] } }))
    const answer = await ordinary.attest(workloadPid)
    const { gates } = await on.stage.decision()
    const gate = gates.find(({ id }) => id === 'launch')
    return { passed: Array.isArray(answer) && answer.includes(asBuilt), found: gate?.found }
  }
  const own = { ...bind(), Source: '' }
  const socket = () => ({ Mounts: [{ ...own, Source: join(on.stage.folder, 'agent') }] })

  it('accepts the engine\u2019s answer if it may not look itself, and says so', async () => {
    on.stage.mount(shown())
    on.stage.engine.changes = [['/spire-agent', 1]]
    expect(await asked(socket())).toEqual({ passed: true, found: `/workload, as built ${byEngine}` })
  })

  it.each<[string, () => object | undefined, string]>([
    [
      'a mount over what the image may have',
      () => {
        on.stage.engine.changes = []
        return socket()
      },
      'may cover files of the image, which only root can compare',
    ],
    [
      'a folder of the image above a mount',
      () => {
        on.stage.engine.changes = [
          ['/run', 0],
          ['/run/x', 1],
        ]
        on.stage.mount({ '/run/x': ['tmpfs'] })
        return settings({ Tmpfs: { '/run/x': '' } })
      },
      'changed since the image: /run (changed)',
    ],
    [
      'a file more',
      () => {
        on.stage.engine.changes = [['/evil', 1]]
        return undefined
      },
      'changed since the image: /evil (added)',
    ],
    [
      'another container in its process namespace',
      () => {
        const launched = settings({ PidMode: `container:${containerId}` })
        on.stage.engine.containers.set('e'.repeat(64), { image: imageA.id, pid: 5, launched })
        return undefined
      },
      `another container shares the process namespace: ${'e'.repeat(64)}`,
    ],
    [
      'another container that joined by one that is gone',
      () => {
        const launched = settings({ PidMode: `container:${'d'.repeat(64)}` })
        on.stage.engine.containers.set('e'.repeat(64), { image: imageA.id, pid: 5, launched })
        return undefined
      },
      `another container shares the process namespace: ${'e'.repeat(64)}`,
    ],
    ['another environment', () => config({ Env: ['A=2'] }), 'another environment: A'],
    [
      'a user namespace',
      () => {
        writeFileSync(join(on.stage.procOf(initPid), 'uid_map'), '0 100000 65536\n')
        return undefined
      },
      'a user namespace of its own',
    ],
    [
      'a tracer',
      () => {
        writeFileSync(join(on.stage.procOf(workloadPid), 'status'), 'TracerPid:\t7\nCapBnd:\t0\n')
        return undefined
      },
      'is traced',
    ],
  ])('refuses %s', async (_, prepare, found) => {
    on.stage.mount(shown())
    on.stage.engine.changes = [['/spire-agent', 1]]
    const more = prepare()
    if (more === undefined) on.stage.mount({})
    if (more === undefined && !found.includes('evil')) on.stage.engine.changes = []
    const answer = await asked(more)
    expect(answer.passed).toBe(false)
    expect(answer.found).toContain(found)
  })
})
