import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { bundle, engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { type CriAnswer, FakeCri, sandboxId } from './fake-cri.ts'
import { loadedPlugin } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

// A container runtime interface that lies, hangs, floods, or is gone: errors, and never another container's facts.

const host = loadedPlugin()
const signed = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
const other = 'b'.repeat(64)
const pod = '/kubepods/besteffort/pod7e60fbb9-13de-4d95-a371-142d79eb4e2b'
let stage: Stage
let cri: FakeCri

const configure = (more: object = {}) =>
  host().configure(
    stage.config({
      engineSocket: undefined,
      runtimes: [{ kind: 'cri', socket: cri.socket }],
      cacheSeconds: 0,
      launch: { check: false },
      ...more,
    }),
  )

beforeEach(async () => {
  stage = await new Stage().start()
  cri = new FakeCri(stage.folder)
  await cri.start()
  cri.containers.set(containerId, { image: imageA.id, pid: initPid })
  cri.repoDigests.set(imageA.id, [`${stage.repository}@${imageA.digest}`])
  stage.registry.manifest(imageA.manifest)
  stage.registry.manifest(imageB.manifest)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  for (const [pid, time] of [
    [initPid, '111'],
    [workloadPid, '222'],
  ] as const) {
    stage.process(pid, time, `0::${pod}/${containerId}\n`, initPid)
  }
  await configure()
})
afterEach(async () => {
  cri.stop()
  await stage.stop()
})

const record = async (): Promise<DecisionRecord> => stage.decision()
/** An error, with nothing about a container that was not proved. */
async function expectError(found: RegExp): Promise<void> {
  expect(await host().attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
  const { gates, selectors, containerId: proved } = await record()
  const stop = gates.find(({ verdict }) => verdict !== 'passed' && verdict !== 'not-checked')
  expect(stop).toMatchObject({ verdict: 'could-not-check', found: expect.stringMatching(found) })
  expect(selectors).toEqual([])
  if (stop?.id === 'container') expect(proved).toBeNull()
}
const lie = (method: 'ContainerStatus' | 'ListContainers' | 'ImageStatus', change: (answer: Loose) => void) =>
  cri.instead.set(method, (_, usual) => {
    const answer = structuredClone(usual) as Loose
    change(answer)
    return answer as CriAnswer
  })
// oxlint-disable-next-line typescript/no-explicit-any -- whatever a hostile runtime may send
type Loose = any

describe('a container of a pod', () => {
  it('is attested by the id of its image, and recorded by the name of its pod', async () => {
    expect(await host().attest(workloadPid)).toContain(signed)
    expect(await record()).toMatchObject({ containerId, containerName: 'default/web/main', imageId: imageA.id })
  })

  it.each([
    `${pod}/${containerId}`,
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod7e.slice/cri-containerd-${containerId}.scope`,
    `/kubepods.slice/kubepods-pod7e.slice/crio-${containerId}.scope`,
    `/kubepods.slice/kubepods-pod7e.slice/crio-${containerId}.scope/container`,
  ])('is found in the cgroup %s', async (path) => {
    stage.process(initPid, '111', `0::${path}\n`)
    stage.process(workloadPid, '222', `0::${path}\n`, initPid)
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('that is about to start is waited for', async () => {
    cri.containers.set(containerId, { image: imageA.id, pid: 0, state: 0 })
    cri.instead.set('ContainerStatus', (_, usual) => {
      if (cri.calls.filter((each) => each === 'ContainerStatus').length > 2) {
        cri.containers.set(containerId, { image: imageA.id, pid: initPid })
      }
      return usual
    })
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('of CRI-O is attested by its image id, which has no algorithm there', async () => {
    const hex = imageA.id.slice('sha256:'.length)
    lie('ListContainers', ({ containers: [each] }) =>
      Object.assign(each, { image_ref: 'localhost/x@sha256:0', image_id: hex }),
    )
    lie('ContainerStatus', (answer) => Object.assign(answer.status, { image_id: hex }))
    cri.repoDigests.delete(imageA.id)
    cri.repoDigests.set(hex, [`${stage.repository}@${imageA.digest}`])
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('has a sandbox, whose process gets nothing, with the reason', async () => {
    cri.sandboxes.add(sandboxId)
    stage.process(5000, '1', `0::${pod}/${sandboxId}\n`)
    expect(await host().attest(5000)).toEqual([])
  })

  it('names the conmon process of CRI-O by its id, which is no process of it', async () => {
    stage.process(initPid, '111', `0::/kubepods.slice/crio-${containerId}.scope\n`)
    stage.process(5000, '1', `0::/kubepods.slice/crio-conmon-${containerId}.scope\n`)
    expect(await host().attest(5000)).toEqual([])
    expect(await stage.fell()).toBe('container failed')
  })
})

describe('a runtime that lies', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'names another container',
      () => lie('ContainerStatus', (answer) => (answer.status.id = other)),
      /container b{64}/,
    ],
    ['lists another container', () => lie('ListContainers', (answer) => (answer.containers[0].id = other)), /1 of it/],
    ['lists none', () => lie('ListContainers', (answer) => (answer.containers = [])), /0 of it/],
    [
      'lists it twice',
      () => lie('ListContainers', (answer) => answer.containers.push(answer.containers[0])),
      /2 of it/,
    ],
    [
      'lists another sandbox',
      () => lie('ListContainers', (answer) => (answer.containers[0].pod_sandbox_id = other)),
      /sandbox b{64}/,
    ],
    [
      'names two images',
      () => {
        lie('ListContainers', (answer) => (answer.containers[0].image_id = imageB.id))
        lie('ContainerStatus', (answer) => (answer.status.image_id = imageA.id))
      },
      /sha256:.*sha256:/,
    ],
    [
      'names the image by a place',
      () => lie('ListContainers', (answer) => (answer.containers[0].image_ref = 'localhost/x:1')),
      /localhost\/x:1/,
    ],
    ['names no image', () => lie('ListContainers', (answer) => (answer.containers[0].image_ref = '')), /none/],
    ['names another image', () => lie('ImageStatus', (answer) => (answer.image.id = imageB.id)), /image sha256/],
    ['has no such image', () => lie('ImageStatus', (answer) => (answer.image = null)), /no image/],
    ['has no status', () => lie('ContainerStatus', (answer) => (answer.status = null)), /status/],
    ['has no info', () => lie('ContainerStatus', (answer) => (answer.info = {})), /info/],
    ['has info that is no JSON', () => lie('ContainerStatus', (answer) => (answer.info.info = '{"pid":')), /info/],
    ['has info of another kind', () => lie('ContainerStatus', (answer) => (answer.info.info = '[]')), /info/],
    ['names a process below zero', () => cri.containers.set(containerId, { image: imageA.id, pid: -1 }), /pid/],
    ['names a process beyond all', () => cri.containers.set(containerId, { image: imageA.id, pid: 2 ** 40 }), /pid/],
    [
      'names a process that is gone',
      () => cri.containers.set(containerId, { image: imageA.id, pid: 4999 }),
      /no process 4999/,
    ],
    ['names no process', () => cri.containers.set(containerId, { image: imageA.id, pid: 0 }), /does not run/],
    [
      'sends more than is read',
      () => lie('ContainerStatus', (answer) => (answer.info.more = 'x'.repeat(5 * 1024 * 1024))),
      /RESOURCE_EXHAUSTED/,
    ],
    [
      'lists more than is read',
      () => lie('ListContainers', (answer) => (answer.containers = Array(40_000).fill(answer.containers[0]))),
      /RESOURCE_EXHAUSTED/,
    ],
    [
      'lists very many',
      () => lie('ListContainers', (answer) => (answer.containers = Array(10_000).fill(answer.containers[0]))),
      /10000 of it/,
    ],
    [
      'answers with an error',
      () => cri.instead.set('ContainerStatus', () => ({ code: status.INTERNAL, details: 'x'.repeat(9_000) })),
      /INTERNAL: x{300}\.$/,
    ],
    [
      'knows no such method',
      () => cri.instead.set('ListContainers', () => ({ code: status.UNIMPLEMENTED, details: 'v1alpha2' })),
      /UNIMPLEMENTED/,
    ],
  ])('and %s: an error', async (_, make, found) => {
    expect(await host().attest(workloadPid)).toContain(signed)
    make()
    await expectError(found)
  })

  it('and names another container\u2019s process gives nothing of either', async () => {
    stage.process(4900, '9', `0::${pod}/${other}\n`)
    cri.containers.set(containerId, { image: imageA.id, pid: 4900 })
    expect(await host().attest(workloadPid)).toEqual([])
    expect(await record()).toMatchObject({ containerId: null, claimedContainerId: containerId })
    expect(await stage.fell()).toBe('container failed')
  })

  it('and does not know the container: nothing', async () => {
    cri.containers.clear()
    expect(await host().attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('container failed')
  })
})

describe('a runtime that does not answer', () => {
  it('is an error within the deadline, and attested again once it answers', async () => {
    await configure({ deadlineMs: 500 })
    cri.instead.set('ContainerStatus', () => undefined)
    await expectError(/no answer in time/)
    cri.instead.clear()
    await configure()
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('is an error while it is gone, also in the middle of a question; restarted, it is used at once', async () => {
    cri.instead.set('ContainerStatus', () => {
      cri.stop()
      return undefined
    })
    await expectError(/did not answer|ECONN|no connection/i)
    cri.instead.clear()
    await expectError(/did not answer/)
    await cri.start()
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('is an error when something else is at its socket: another server, or a file', async () => {
    cri.stop()
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    rmSync(cri.socket, { force: true })
    server.listen(cri.socket)
    await once(server, 'listening')
    await expectError(/did not answer/)
    for (const each of open) each.destroy()
    await new Promise((resolve) => server.close(resolve))
    rmSync(cri.socket, { force: true })
    writeFileSync(cri.socket, '')
    await expectError(/did not answer/)
    await expect(configure()).rejects.toThrow(/runtimes\.0\.socket/)
  })
})

describe('several runtimes', () => {
  const both = () => [
    { kind: 'docker' as const, socket: stage.engine.socket },
    { kind: 'cri' as const, socket: cri.socket },
  ]
  beforeEach(() => configure({ runtimes: both() }))

  it('attest the containers that they have, each its own', async () => {
    expect(await host().attest(workloadPid)).toContain(signed)
    cri.containers.clear()
    stage.run(imageA)
    stage.process(initPid, '111', `0::/docker/${containerId}\n`)
    stage.process(workloadPid, '222', `0::/docker/${containerId}\n`, initPid)
    expect(await host().attest(workloadPid)).toContain(signed)
  })

  it('that both claim a container are an error', async () => {
    stage.run(imageA)
    await expectError(/cri\.sock/)
  })

  it('are not queried when the cgroup names another kind', async () => {
    stage.run(imageA)
    cri.containers.set(containerId, { image: imageB.id, pid: initPid })
    const calls = cri.calls.length
    for (const [pid, time] of [
      [initPid, '111'],
      [workloadPid, '222'],
    ] as const) {
      stage.process(pid, time, `0::/system.slice/docker-${containerId}.scope\n`, initPid)
    }
    expect(await host().attest(workloadPid)).toContain(signed)
    expect(cri.calls).toHaveLength(calls)
  })

  it('of which one is gone: the other\u2019s containers are attested, and an unknown one is an error', async () => {
    cri.stop()
    stage.run(imageA)
    expect(await host().attest(workloadPid)).toContain(signed)
    stage.engine.containers.clear()
    await expectError(/did not answer/)
  })

  it('of which one hangs: the other\u2019s containers are attested', async () => {
    stage.run(imageA)
    cri.instead.set('ContainerStatus', () => undefined)
    expect(await host().attest(workloadPid)).toContain(signed)
  })
})
