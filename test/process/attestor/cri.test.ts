import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp2 } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { CriStage, pod, signed } from './cri-stage.ts'
import { sandboxId } from './fake-cri.ts'
import { containerId, initPid, workloadPid } from './stage.ts'

// A container runtime interface that lies, hangs, floods, or is gone: errors, and never another container's facts.

const on = new CriStage()
const other = 'b'.repeat(64)

describe('a container of a pod', () => {
  it('is attested by the id of its image, and recorded by the name of its pod', async () => {
    expect(await on.attest()).toContain(signed)
    expect(await on.record()).toMatchObject({ containerId, containerName: 'default/web/main', imageId: imageA.id })
  })

  it.each([
    `${pod}/${containerId}`,
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod7e.slice/cri-containerd-${containerId}.scope`,
    `/kubepods.slice/kubepods-pod7e.slice/crio-${containerId}.scope`,
    `/kubepods.slice/kubepods-pod7e.slice/crio-${containerId}.scope/container`,
  ])('is found in the cgroup %s', async (path) => {
    on.inCgroup(path)
    expect(await on.attest()).toContain(signed)
  })

  it('that is about to start is waited for', async () => {
    on.cri.containers.set(containerId, { image: imageA.id, pid: 0, state: 0 })
    on.cri.instead.set('ContainerStatus', (_, usual) => {
      if (on.cri.calls.filter((each) => each === 'ContainerStatus').length > 2) {
        on.cri.containers.set(containerId, { image: imageA.id, pid: initPid })
      }
      return usual
    })
    expect(await on.attest()).toContain(signed)
  })

  it('of CRI-O is attested by its image id, which has no algorithm there', async () => {
    const hex = imageA.id.slice('sha256:'.length)
    on.lie('ListContainers', ({ containers: [each] }) =>
      Object.assign(each, { image_ref: 'localhost/x@sha256:0', image_id: hex }),
    )
    on.lie('ContainerStatus', (answer) => Object.assign(answer.status, { image_id: hex }))
    on.cri.repoDigests.delete(imageA.id)
    on.cri.repoDigests.set(hex, [`${on.stage.repository}@${imageA.digest}`])
    expect(await on.attest()).toContain(signed)
  })

  it('has a sandbox, whose process gets nothing, with the reason', async () => {
    on.cri.sandboxes.add(sandboxId)
    on.stage.process(5000, '1', `0::${pod}/${sandboxId}\n`)
    expect(await on.attest(5000)).toEqual([])
  })

  it('names the conmon process of CRI-O by its id, which is no process of it', async () => {
    on.stage.process(initPid, '111', `0::/kubepods.slice/crio-${containerId}.scope\n`)
    on.stage.process(5000, '1', `0::/kubepods.slice/crio-conmon-${containerId}.scope\n`)
    expect(await on.attest(5000)).toEqual([])
    expect(await on.stage.fell()).toBe('container failed')
  })
})

describe('a runtime that lies', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'names another container',
      () => on.lie('ContainerStatus', (answer) => (answer.status.id = other)),
      /container b{64}/,
    ],
    [
      'lists another container',
      () => on.lie('ListContainers', (answer) => (answer.containers[0].id = other)),
      /1 of it/,
    ],
    ['lists none', () => on.lie('ListContainers', (answer) => (answer.containers = [])), /0 of it/],
    [
      'lists it twice',
      () => on.lie('ListContainers', (answer) => answer.containers.push(answer.containers[0])),
      /2 of it/,
    ],
    [
      'lists another sandbox',
      () => on.lie('ListContainers', (answer) => (answer.containers[0].pod_sandbox_id = other)),
      /sandbox b{64}/,
    ],
    [
      'names two images',
      () => {
        on.lie('ListContainers', (answer) => (answer.containers[0].image_id = imageB.id))
        on.lie('ContainerStatus', (answer) => (answer.status.image_id = imageA.id))
      },
      /sha256:.*sha256:/,
    ],
    [
      'names the image by a place',
      () => on.lie('ListContainers', (answer) => (answer.containers[0].image_ref = 'localhost/x:1')),
      /localhost\/x:1/,
    ],
    ['names no image', () => on.lie('ListContainers', (answer) => (answer.containers[0].image_ref = '')), /none/],
    ['names another image', () => on.lie('ImageStatus', (answer) => (answer.image.id = imageB.id)), /image sha256/],
    ['has no such image', () => on.lie('ImageStatus', (answer) => (answer.image = null)), /no image/],
    ['has no status', () => on.lie('ContainerStatus', (answer) => (answer.status = null)), /status/],
    ['has no info', () => on.lie('ContainerStatus', (answer) => (answer.info = {})), /info/],
    ['has info that is no JSON', () => on.lie('ContainerStatus', (answer) => (answer.info.info = '{"pid":')), /info/],
    ['has info of another kind', () => on.lie('ContainerStatus', (answer) => (answer.info.info = '[]')), /info/],
    ['names a process below zero', () => on.cri.containers.set(containerId, { image: imageA.id, pid: -1 }), /pid/],
    ['names a process beyond all', () => on.cri.containers.set(containerId, { image: imageA.id, pid: 2 ** 40 }), /pid/],
    [
      'names a process that is gone',
      () => on.cri.containers.set(containerId, { image: imageA.id, pid: 4999 }),
      /no process 4999/,
    ],
    ['names no process', () => on.cri.containers.set(containerId, { image: imageA.id, pid: 0 }), /does not run/],
    [
      'sends more than is read',
      () => on.lie('ContainerStatus', (answer) => (answer.info.more = 'x'.repeat(5 * 1024 * 1024))),
      /RESOURCE_EXHAUSTED/,
    ],
    [
      'lists more than is read',
      // Few and long: forty thousand short ones take longer to write than an attestation may take.
      () =>
        on.lie('ListContainers', (answer) => {
          const long = { ...answer.containers[0], id: 'x'.repeat(12_000) }
          answer.containers = Array.from({ length: 500 }, () => long)
        }),
      /RESOURCE_EXHAUSTED/,
    ],
    [
      'lists very many',
      () => on.lie('ListContainers', (answer) => (answer.containers = Array(10_000).fill(answer.containers[0]))),
      /10000 of it/,
    ],
    [
      'answers with an error',
      () => on.cri.instead.set('ContainerStatus', () => ({ code: status.INTERNAL, details: 'x'.repeat(9_000) })),
      /INTERNAL: x{300}\.$/,
    ],
    [
      'knows no such method',
      () => on.cri.instead.set('ListContainers', () => ({ code: status.UNIMPLEMENTED, details: 'v1alpha2' })),
      /UNIMPLEMENTED/,
    ],
  ])('and %s: an error', async (_, make, found) => {
    expect(await on.attest()).toContain(signed)
    make()
    await on.expectError(found)
  })

  it('and names another container\u2019s process gives nothing of either', async () => {
    on.stage.process(4900, '9', `0::${pod}/${other}\n`)
    on.cri.containers.set(containerId, { image: imageA.id, pid: 4900 })
    expect(await on.attest()).toEqual([])
    expect(await on.record()).toMatchObject({ containerId: null, claimedContainerId: containerId })
    expect(await on.stage.fell()).toBe('container failed')
  })

  it('and does not know the container: nothing', async () => {
    on.cri.containers.clear()
    expect(await on.attest()).toEqual([])
    expect(await on.stage.fell()).toBe('container failed')
  })
})

describe('a runtime that does not answer', () => {
  it('is an error within the deadline, and attested again once it answers', async () => {
    await on.configure({ deadlineMs: 500 })
    on.cri.instead.set('ContainerStatus', () => undefined)
    await on.expectError(/no answer in time/)
    on.cri.instead.clear()
    await on.configure()
    expect(await on.attest()).toContain(signed)
  })

  it('is an error while it is gone, also in the middle of a question; restarted, it is used at once', async () => {
    on.cri.instead.set('ContainerStatus', () => {
      on.cri.stop()
      return undefined
    })
    await on.expectError(/did not answer|ECONN|no connection/i)
    on.cri.instead.clear()
    await on.expectError(/did not answer/)
    await on.cri.start()
    expect(await on.host().attestOnce(workloadPid)).toContain(signed)
  })

  it('is an error when something else is at its socket: another server, or a file', async () => {
    on.cri.stop()
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    rmSync(on.cri.socket, { force: true })
    server.listen(on.cri.socket)
    await once(server, 'listening')
    await on.expectError(/did not answer/)
    for (const each of open) each.destroy()
    await new Promise((resolve) => server.close(resolve))
    rmSync(on.cri.socket, { force: true })
    writeFileSync(on.cri.socket, '')
    await on.expectError(/did not answer/)
    await expect(on.configure()).rejects.toThrow(/runtimes\.0\.socket/)
  })

  it.each(['identity', 'snappy', undefined])(
    'is an error when its answer is compressed, it says, by %s',
    async (how) => {
      on.cri.stop()
      rmSync(on.cri.socket, { force: true })
      const compressed = Buffer.from([1, 0, 0, 0, 0])
      const server = createHttp2().on('stream', (stream) => {
        const encoding = how === undefined ? {} : { 'grpc-encoding': how }
        stream.on('error', () => undefined)
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...encoding }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
        stream.end(compressed)
      })
      server.listen(on.cri.socket)
      await once(server, 'listening')
      try {
        await on.expectError(/answer that is not accepted/)
      } finally {
        server.close()
      }
    },
  )
})
