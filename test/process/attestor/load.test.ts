import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { bundle, engineer, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { FakeRegistry } from './fake-registry.ts'
import { pluginForEach } from './plugin-for-each.ts'
import type { PluginHost } from './plugin-host.ts'
import { initPid, prefix, type Stage, workloadPid } from './stage.ts'

let stage: Stage
let host: PluginHost
pluginForEach((own, loaded) => {
  stage = own
  host = loaded
  stage.run(imageA)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
})

const signer = `${prefix}signer:${engineer.issuer}|${engineer.subject}`
const passed = (answer: Awaited<ReturnType<PluginHost['attestOnce']>>) =>
  Array.isArray(answer) && answer.includes(signer)
/** Whether the result is undetermined. */
const unknown = (answer: Awaited<ReturnType<PluginHost['attestOnce']>>) =>
  'code' in answer && answer.code === status.UNAVAILABLE
const many = (count: number, pid = workloadPid) =>
  Promise.all(Array.from({ length: count }, () => host.attestOnce(pid)))

/** What a process holds: open handles, and bytes in memory. */
function keeps(pid: number): { handles: number; bytes: number } {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { handles: readdirSync(`/proc/${pid}/fd`).length, bytes: pages * 4096 }
}
/** Files in the plugin's own folder, without its socket and cosign's empty home. */
const temporary = (): readonly string[] =>
  readdirSync(stage.folder)
    .filter((name) => name.includes('-plugin-'))
    .flatMap((name) => readdirSync(join(stage.folder, name)))
    .filter((name) => name !== 'plugin.sock' && name !== 'home')

describe('two hundred attestations at once', () => {
  // On a busy machine some are late, which is an error; none is ever an empty answer.
  const passedOrLate = (answer: Awaited<ReturnType<PluginHost['attestOnce']>>) => passed(answer) || unknown(answer)

  it('of one image are one verification', async () => {
    await host.configure(stage.config({ deadlineMs: 3_900 }))
    expect((await many(200)).every(passedOrLate)).toBe(true)
    expect(stage.cosignRuns().length).toBeLessThan(5)
    expect(passed(await host.attestOnce(workloadPid))).toBe(true)
  })

  it('of an image that was verified before start no process and query no registry', async () => {
    await host.configure(stage.config({ deadlineMs: 3_900 }))
    expect(passed(await host.attestOnce(workloadPid))).toBe(true)
    const asked = stage.registry.requests.length
    expect((await many(200)).every(passedOrLate)).toBe(true)
    expect([stage.cosignRuns().length, stage.registry.requests.length]).toEqual([1, asked])
  })
})

describe('a slow registry', () => {
  it('delays only attestations of images that it hosts', async () => {
    const slow = await new FakeRegistry().start()
    try {
      const other = 'e'.repeat(64)
      slow.answer(`manifests/${imageB.digest}`, () => undefined)
      stage.engine.containers.set(other, { image: imageB.id, pid: initPid + 1000 })
      stage.engine.repoDigests.set(imageB.id, [`${slow.host}/demo/hello@${imageB.digest}`])
      stage.process(initPid + 1000, '5', `0::/docker/${other}\n`)
      const registries = [stage.registry.host, slow.host].map((each) => ({ host: each, plainHttp: true }))
      await host.configure(stage.config({ registries, cacheSeconds: 0, deadlineMs: 3_900 }))
      // From now on cosign is not needed, which is most of the work; the registry still is.
      expect(passed(await host.attest(workloadPid))).toBe(true)
      const order: string[] = []
      const waiting = many(10, initPid + 1000).then((answers) => {
        order.push('slow')
        return answers
      })
      const quick = await many(5).then((answers) => {
        order.push('quick')
        return answers
      })
      expect(quick.every(passed)).toBe(true)
      expect((await waiting).every(unknown)).toBe(true)
      expect(order).toEqual(['quick', 'slow'])
    } finally {
      await slow.stop()
    }
  })
})

describe('a long run', () => {
  it('keeps neither handles, nor temporary files, nor memory', { timeout: 120_000 }, async () => {
    await host.configure(stage.config({ cacheSeconds: 0, cachedSignatures: 0, deadlineMs: 3_900 }))
    const round = async (): Promise<void> => {
      for (let time = 0; time < 15; time++) {
        expect((await many(4)).every((answer) => passed(answer) || unknown(answer))).toBe(true)
        // A denial, and a process that is gone, in addition.
        stage.registry.attach(imageA.digest, [bundle('other-image')])
        expect(await host.attestOnce(workloadPid)).toEqual([])
        expect(await host.attestOnce(9_999)).toMatchObject({ code: status.UNAVAILABLE })
        stage.registry.attach(imageA.digest, [bundle('engineer')])
      }
    }
    await round()
    const before = keeps(host.child.pid ?? 0)
    await round()
    await round()
    const after = keeps(host.child.pid ?? 0)
    expect(after.handles).toBeLessThanOrEqual(before.handles + 5)
    expect(after.bytes).toBeLessThan(before.bytes + 64 * 1024 * 1024)
    expect(temporary()).toEqual([])
    expect(readdirSync(stage.records)).toEqual(['decisions.jsonl', 'health.sock'])
  })

  it('survives reloads: configured repeatedly, it keeps what it needs and no more', async () => {
    for (let time = 0; time < 50; time++) {
      await host.configure(stage.config({ cacheSeconds: time }))
      await expect(host.configure('{}')).rejects.toThrow('stays in force')
    }
    expect(passed(await host.attestOnce(workloadPid))).toBe(true)
  })
})

describe('when the engine is restarted', () => {
  it('attestations are errors while it is down, and succeed afterwards', async () => {
    await host.configure(stage.config())
    expect(passed(await host.attestOnce(workloadPid))).toBe(true)
    await stage.engine.stop()
    expect((await many(5)).every(unknown)).toBe(true)
    await stage.engine.start()
    expect((await many(5)).every(passed)).toBe(true)
  })
})
