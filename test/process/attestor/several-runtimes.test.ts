import { chownSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { CriStage, signed } from './cri-stage.ts'
import { containerId, initPid, prefix } from './stage.ts'

const on = new CriStage()

describe('several runtimes', () => {
  const both = () => [
    { kind: 'docker' as const, socket: on.stage.engine.socket },
    { kind: 'cri' as const, socket: on.cri.socket },
  ]
  beforeEach(() => on.configure({ runtimes: both() }))

  it('attest the containers that they have, each its own', async () => {
    expect(await on.attest()).toContain(signed)
    on.cri.containers.clear()
    on.stage.run(imageA)
    on.inCgroup(`/docker/${containerId}`)
    expect(await on.attest()).toContain(signed)
  })

  it('that both claim a container are an error', async () => {
    on.stage.run(imageA)
    await on.expectError(/cri\.sock/)
  })

  it('are not queried when the cgroup names another kind', async () => {
    on.stage.run(imageA)
    on.cri.containers.set(containerId, { image: imageB.id, pid: initPid })
    const calls = on.cri.calls.length
    on.inCgroup(`/system.slice/docker-${containerId}.scope`)
    expect(await on.attest()).toContain(signed)
    expect(on.cri.calls).toHaveLength(calls)
  })

  it('of which one is gone: the other\u2019s containers are attested, and an unknown one is an error', async () => {
    on.cri.stop()
    on.stage.run(imageA)
    expect(await on.attest()).toContain(signed)
    on.stage.engine.containers.clear()
    await on.expectError(/did not answer/)
  })

  it('of which one hangs: the other\u2019s containers are attested', async () => {
    on.stage.run(imageA)
    on.cri.instead.set('ContainerStatus', () => undefined)
    expect(await on.attest()).toContain(signed)
  })

  it.skipIf(prefix !== '')('of which a rootless one claims a container wait for the others (needs root)', async () => {
    // Its user could make it claim every container of the machine.
    chownSync(on.stage.engine.socket, 65_534, 65_534)
    on.stage.run(imageA)
    on.cri.containers.clear()
    await on.configure({ runtimes: both(), rootless: 'allow' })
    expect(await on.attest()).toContain(`rootless:${signed}`)
    on.cri.instead.set('ContainerStatus', () => undefined)
    await on.configure({ runtimes: both(), rootless: 'allow' })
    await on.expectError(/time/)
  })
})
