import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readClaims } from '../../../src/core/attestor/records/records.ts'
import { bundle, engineer, imageA } from '../../fixtures/sigstore-fixtures.ts'
import { loadedPlugin } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage } from './stage.ts'

// An engine in a container (kind, Docker in Docker): some lines of a process's cgroups name the container around only.

const host = loadedPlugin()
let stage: Stage
beforeEach(async () => {
  stage = await new Stage().start()
  stage.run(imageA)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  await host().configure(stage.config({ cacheSeconds: 0 }))
})
afterEach(() => stage.stop())

describe('a process', () => {
  const outer = 'd'.repeat(64)
  const nested = (inner: string) => `2:cpu:/docker/${outer}/docker/${inner}\n0::/docker/${outer}\n`

  it('of an engine that runs in a container itself is attested as the inner container', async () => {
    stage.process(initPid, '111', nested(containerId))
    stage.process(5000, '1', nested(containerId), initPid)
    const answer = await host().attest(5000)
    const decision = await stage.decision()
    expect(answer, JSON.stringify(decision)).toContain(`${prefix}signer:${engineer.issuer}|${engineer.subject}`)
    expect(decision).toMatchObject({ containerId, answer: 'selectors' })
  })

  it('that only names another container below its own in one hierarchy gets nothing', async () => {
    stage.process(5000, '1', nested(containerId))
    expect(await host().attest(5000)).toEqual([])
    expect(await stage.fell()).toBe('container failed')
    expect((await stage.decision()).containerId).toBeNull()
  })

  it('in a container of an engine in a container is an error for the outer engine', async () => {
    stage.engine.containers.set(outer, { image: imageA.id, pid: initPid })
    stage.process(5000, '1', nested('e'.repeat(64)))
    expect(await host().attest(5000)).toMatchObject({ code: status.UNAVAILABLE })
    const [claim] = await readClaims(stage.records, 'e'.repeat(64))
    expect(claim?.gates[0]).toMatchObject({ id: 'container', verdict: 'could-not-check' })
    expect(claim?.gates[0]?.remedy).toContain('"engineSocket"')
  })
})
