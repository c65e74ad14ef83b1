import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ContainerSpec, namespaceMode } from '../../src/cli/bench/pods/pods.ts'
import { running } from '../../src/core/steps/resources.ts'
import { twoPlatforms } from './attacks/platforms.ts'
import { wanted } from './attacks/stage.ts'
import { answerIn, expectAttested, expectDenied, type PodOutcome, PodStage, pidsIn } from './harness/pod-stage.ts'
import { temporaryFolders } from './harness/session.ts'
import { gateOf, Workloads } from './harness/workloads.ts'

const where = temporaryFolders()
let on: PodStage

beforeAll(async () => {
  on = await PodStage.start(where)
})
afterEach(() => on?.pods.removeAll())
afterAll(async () => {
  await on?.close()
  where.remove()
})

const ask: PodStage['ask'] = (...args) => on.ask(...args)

describe('a pod', () => {
  it('with one signed and one unsigned container gets one SVID and one denial; swapped images swap the results', async () => {
    const pod = await on.pods.pod()
    const [first, second] = [
      await ask(pod, on.stage.signed.reference, { name: 'first' }),
      await ask(pod, on.unsigned.reference, { name: 'second' }),
    ]
    expectAttested(first)
    expect(first.record.selectors).toContain('launch:as-built')
    expect(first.record).toMatchObject({ containerId: first.id, containerName: `default/${pod.name}/first` })
    expect(second.answer).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
    expect(gateOf(second.record, 'signature')).toMatchObject({ verdict: 'not-present', found: 'no signature' })
    const other = await on.pods.pod()
    expect((await ask(other, on.unsigned.reference, { name: 'first' })).answer).toMatchObject({ outcome: 'refused' })
    expectAttested(await ask(other, on.stage.signed.reference, { name: 'second' }))
  })

  it('is attested by the image\u2019s id, whatever the name is that it was started by', async () => {
    const pod = await on.pods.pod()
    const id = await on.pods.pull(on.stage.signed.tag)
    expectAttested(await ask(pod, id))
    expectAttested(await ask(pod, on.stage.signed.tag))
    // The tag moves: what runs stays what it is, and what is started by it afterwards is another image.
    const before = await ask(pod, on.stage.signed.tag, { name: 'before' })
    const { docker } = running(on.stage.session.resources, 'engine')
    await docker.getImage(on.unsigned.reference).tag({ repo: on.stage.signed.tag.replace(/:[^:]*$/, ''), tag: 'moves' })
    const moving = `${on.stage.signed.tag.replace(/:[^:]*$/, '')}:moves`
    await on.stage.push({ tag: moving, id: on.unsigned.id })
    await on.pods.pull(moving)
    expectDeniedUnsigned(await ask(pod, moving))
    const again = await on.explain(before.id)
    expect(again).toMatchObject({ ok: true, value: { answer: 'selectors' } })
  })

  it('that is restarted is attested again, under its new container\u2019s id', async () => {
    const pod = await on.pods.pod()
    const before = await ask(pod, on.stage.signed.reference, { name: 'again' })
    await on.pods.remove(before.id)
    const after = await ask(pod, on.stage.signed.reference, { name: 'again' })
    expectAttested(after)
    expect(after.id).not.toBe(before.id)
    expect(await on.explain(before.id)).toMatchObject({ ok: false })
  })

  it('has a sandbox, which is none of its containers', async () => {
    const pod = await on.pods.pod()
    const [pid = 0] = pidsIn(pod.id)
    const outcome = await on.attested(pid)
    expect(outcome).toMatchObject({ answer: 'none', record: { containerId: null, claimedContainerId: pod.id } })
    expect(outcome.record?.gates[0]).toMatchObject({
      verdict: 'failed',
      found: expect.stringContaining(`the sandbox of the pod default/${pod.name}`),
    })
  })

  it('may have the agent\u2019s socket in a volume of SPIFFE\u2019s CSI driver', async () => {
    const pod = await on.pods.pod()
    // As the driver does: the folder of the agent's socket, mounted at the volume's place.
    const volume = join(on.base, 'kubelet', 'pods', pod.uid, 'volumes', 'kubernetes.io~csi', 'spiffe', 'mount')
    mkdirSync(volume, { recursive: true })
    execFileSync('mount', ['--bind', on.agent.socketFolder, volume])
    try {
      const answer = await on.ask(pod, on.stage.signed.reference, {}, { source: volume, readOnly: true })
      expectAttested(answer)
      const writable = await on.ask(pod, on.stage.signed.reference, {}, { source: volume, readOnly: false })
      expectDenied(writable, 'launch', /and can be written to$/)
      const other = join(volume, '..', '..', 'other', 'mount')
      mkdirSync(other, { recursive: true })
      const beside = await on.ask(pod, on.stage.signed.reference, {
        mounts: [{ source: other, target: '/data', readOnly: true }],
      })
      expectDenied(beside, 'launch', /~csi\/other\/mount is mounted at \/data$/)
      await on.pods.removeAll()
    } finally {
      execFileSync('umount', [volume])
    }
  })

  it('runs an image of two platforms by the digest of its index, which is what was signed', async () => {
    const { index } = await twoPlatforms(on.stage, 'index')
    await on.stage.sign(index)
    await on.pods.pull(index.reference)
    const answer = await ask(await on.pods.pod(), index.reference)
    expectAttested(answer)
    expect(answer.record.selectors).toContain(`image-digest:${index.digest}`)
  })

  it('and a container of Docker Engine beside it are attested by their own runtime each', async () => {
    const workloads = new Workloads(running(on.stage.session.resources, 'engine').docker, on.agent)
    try {
      const outcome = await workloads.ask(on.stage.signed.reference)
      expect(outcome.answer).toMatchObject({ outcome: 'svid', spiffeId: wanted })
      expectAttested(await ask(await on.pods.pod(), on.stage.signed.reference))
    } finally {
      await workloads.remove()
    }
  })
})

const expectDeniedUnsigned = (answer: PodOutcome): void => expectDenied(answer, 'signature', /^no signature$/)

describe('what is started in a pod besides', () => {
  it('a debug container has its own facts, and its target is not as built while one runs', async () => {
    const pod = await on.pods.pod()
    const target = await ask(pod, on.stage.signed.reference, { name: 'target' })
    expectAttested(target)
    const namespace_options = {
      network: namespaceMode.node,
      pid: namespaceMode.target,
      ipc: namespaceMode.pod,
      target_id: target.id,
    }
    expectDeniedUnsigned(await ask(pod, on.unsigned.reference, { name: 'debug', security: { namespace_options } }))
    await on.pods.run(pod, {
      image: on.unsigned.reference,
      name: 'waits',
      command: idle,
      security: { namespace_options },
    })
    const record = await on.explain(target.id)
    expect(record.ok && gateOf(record.value, 'launch')).toMatchObject({
      verdict: 'failed',
      found: expect.stringContaining('another container shares the process namespace'),
    })
  })

  it('an exec session gets nothing that requires the launch as built', async () => {
    const pod = await on.pods.pod()
    const outcome = await ask(pod, on.stage.signed.reference)
    expectAttested(outcome)
    const session = await on.pods.exec(outcome.id, ['/workload', '-timeout', '5s'])
    expect(answerIn(session.stdout.toString('utf8'))).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
    const record = await on.decision(outcome.id)
    expect(gateOf(record, 'launch')).toMatchObject({
      verdict: 'failed',
      found: 'the process was started into the container from outside',
    })
    expect(record.selectors).not.toContain('launch:as-built')
  })

  it('a file that appears in a container is named', async () => {
    const answer = await ask(await on.pods.pod(), on.stage.signed.reference)
    expectAttested(answer)
    const [pid = 0] = pidsIn(answer.id)
    writeFileSync(`/proc/${pid}/root/evil`, 'x')
    const record = await on.explain(answer.id)
    expect(record.ok && gateOf(record.value, 'launch')).toMatchObject({
      verdict: 'failed',
      found: 'changed since the image: /evil (added)',
    })
  })

  it('containers that share one process namespace are not as built, and keep their own facts', async () => {
    const pod = await on.pods.pod({ shared: true })
    const signed = await ask(pod, on.stage.signed.reference)
    expectDenied(signed, 'launch', /process namespace|linux\.namespaces/)
    expect(signed.record.selectors).toContain(`image-digest:${on.stage.signed.digest}`)
    expectDeniedUnsigned(await ask(pod, on.unsigned.reference))
  })
})

const idle = ['/workload', '-idle']

describe('a signed image that is started with something else', () => {
  const folder = (): string => {
    const made = mkdtempSync(join(on.base, 'm-'))
    writeFileSync(join(made, 'file'), '')
    return made
  }
  const changes: readonly (readonly [string, () => Partial<ContainerSpec>, RegExp])[] = [
    ['arguments', () => ({ args: ['-timeout', '9s'] }), /^another program: \/workload -timeout 9s$/],
    ['another program', () => ({ command: ['/workload', '-timeout=9s'] }), /^another program/],
    ['a variable', () => ({ environment: { LD_PRELOAD: '/x' } }), /^another environment: LD_PRELOAD$/],
    [
      'a variable that looks like a service\u2019s',
      () => ({ environment: { X_SERVICE_HOST: '/bin/sh' } }),
      /^another environment: X_SERVICE_HOST$/,
    ],
    ['another user', () => ({ security: { run_as_user: { value: 0 } } }), /^another (user|group): 0$/],
    ['another group', () => ({ security: { supplemental_groups: [4711] } }), /^another group: 4711$/],
    ['another folder', () => ({ more: { working_dir: '/etc' } }), /^another folder: \/etc$/],
    ['a terminal', () => ({ more: { tty: true } }), /standard input|terminal/],
    ['standard input', () => ({ more: { stdin: true } }), /standard input/],
    [
      'a folder of the machine',
      () => ({ mounts: [{ source: folder(), target: '/data', readOnly: true }] }),
      /is mounted at \/data/,
    ],
    [
      'a file over its program',
      () => ({ mounts: [{ source: on.stage.session.resources.tools.workload, target: '/workload' }] }),
      /is mounted at \/workload/,
    ],
    [
      'hosts of somebody\u2019s own',
      () => ({ mounts: [{ source: join(folder(), 'file'), target: '/etc/resolv.conf' }] }),
      /is mounted at \/etc\/resolv\.conf/,
    ],
    [
      'a capability',
      () => ({ security: { capabilities: { add_capabilities: ['SYS_PTRACE'] } } }),
      /^more capabilities than usual: CAP_SYS_PTRACE$/,
    ],
    [
      'a device',
      () => ({ more: { devices: [{ host_path: '/dev/null', container_path: '/dev/x', permissions: 'rwm' }] } }),
      /^linux\.devices is/,
    ],
    ['open system paths', () => ({ security: { masked_paths: [], readonly_paths: [] } }), /is open to the container$/],
    [
      'the machine\u2019s processes',
      () => ({ security: { namespace_options: { network: namespaceMode.node, pid: namespaceMode.node } } }),
      /namespace/,
    ],
  ]
  it.each(changes)('%s: is denied at launch, which names it', async (_, change, found) => {
    const outcome = await ask(await on.pods.pod(), on.stage.signed.reference, change())
    expectDenied(outcome, 'launch', found)
    expect(outcome.record.selectors).toContain(`image-digest:${on.stage.signed.digest}`)
    expect(outcome.record.selectors).not.toContain('launch:as-built')
  })

  it('with every privilege is denied at launch', async () => {
    const outcome = await ask(await on.pods.pod({ privileged: true }), on.stage.signed.reference, {
      security: { privileged: true },
    })
    expectDenied(outcome, 'launch', /^the container is privileged$/)
  })

  it('the addresses of services are accepted, as a kubelet adds them', async () => {
    const environment = {
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
    }
    expectAttested(await ask(await on.pods.pod(), on.stage.signed.reference, { environment }))
  })
})

describe('a process that forges its cgroup', () => {
  it('with a signed container\u2019s name gets nothing of it', async () => {
    const pod = await on.pods.pod()
    const victim = await ask(pod, on.stage.signed.reference)
    expectAttested(victim)
    const made = readFileSync(`/proc/${pidsIn(victim.id)[0]}/cgroup`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(':'))
      .map(([, names = '']) => names.replace(/^name=/, '').split(',')[0])
      .filter((name) => name !== undefined && name !== '')
      .map((name) => `/sys/fs/cgroup/${name}/kubepods/besteffort/forged/${victim.id}`)
    const child = spawn('sleep', ['60'])
    try {
      for (const each of made) {
        mkdirSync(each, { recursive: true })
        if (each.includes('/cpuset/')) {
          for (const at of [join(each, '..'), each]) {
            for (const key of ['cpuset.cpus', 'cpuset.mems']) {
              writeFileSync(join(at, key), readFileSync(`/sys/fs/cgroup/cpuset/${key}`))
            }
          }
        }
        writeFileSync(join(each, 'cgroup.procs'), String(child.pid))
      }
      const outcome = await on.attested(child.pid ?? 0)
      expect(outcome).toMatchObject({ answer: 'none', record: { containerId: null, claimedContainerId: victim.id } })
      expect(outcome.record?.gates[0]).toMatchObject({ id: 'container', verdict: 'failed' })
    } finally {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      for (const each of made) {
        rmdirSync(each)
        rmdirSync(dirname(each))
      }
    }
  })
})
