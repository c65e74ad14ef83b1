import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect } from 'vitest'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { bundle, engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { type CriAnswer, FakeCri } from './fake-cri.ts'
import { loadedPlugin } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

export const signed = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
/** The folder of a pod's cgroup. */
export const pod = '/kubepods/besteffort/pod7e60fbb9-13de-4d95-a371-142d79eb4e2b'
// oxlint-disable-next-line typescript/no-explicit-any -- whatever a hostile runtime may send
export type Loose = any

/** A plugin, and for each test of the file a machine with a runtime that has a pod's container of a signed image. */
export class CriStage {
  readonly host = loadedPlugin()
  stage!: Stage
  cri!: FakeCri

  constructor() {
    beforeEach(async () => {
      this.stage = await new Stage().start()
      this.cri = new FakeCri(this.stage.folder)
      await this.cri.start()
      this.cri.containers.set(containerId, { image: imageA.id, pid: initPid })
      this.cri.repoDigests.set(imageA.id, [`${this.stage.repository}@${imageA.digest}`])
      this.stage.registry.manifest(imageA.manifest)
      this.stage.registry.manifest(imageB.manifest)
      this.stage.registry.attach(imageA.digest, [bundle('engineer')])
      this.inCgroup(`${pod}/${containerId}`)
      await this.configure()
    })
    afterEach(async () => {
      this.cri.stop()
      await this.stage.stop()
    })
  }

  /** The workload and the container's first process are there. */
  inCgroup(path: string): void {
    this.stage.process(initPid, '111', `0::${path}\n`, initPid)
    this.stage.process(workloadPid, '222', `0::${path}\n`, initPid)
  }

  configure(more: object = {}): Promise<unknown> {
    return this.host().configure(
      this.stage.config({
        engineSocket: undefined,
        runtimes: [{ kind: 'cri', socket: this.cri.socket }],
        cacheSeconds: 0,
        launch: { check: false },
        ...more,
      }),
    )
  }

  attest(pid = workloadPid) {
    return this.host().attest(pid)
  }

  record(): Promise<DecisionRecord> {
    return this.stage.decision()
  }

  /** An error, with nothing about a container that was not proved. */
  async expectError(found: RegExp): Promise<void> {
    expect(await this.attest()).toMatchObject({ code: status.UNAVAILABLE })
    const { gates, selectors, containerId: proved } = await this.record()
    const stop = gates.find(({ verdict }) => verdict !== 'passed' && verdict !== 'not-checked')
    expect(stop).toMatchObject({ verdict: 'could-not-check', found: expect.stringMatching(found) })
    expect(selectors).toEqual([])
    if (stop?.id === 'container') expect(proved).toBeNull()
  }

  /** The runtime changes its usual answer. */
  lie(method: 'ContainerStatus' | 'ListContainers' | 'ImageStatus', change: (answer: Loose) => void): void {
    this.cri.instead.set(method, (_, usual) => {
      const answer = structuredClone(usual) as Loose
      change(answer)
      return answer as CriAnswer
    })
  }
}
