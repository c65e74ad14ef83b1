import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundle, imageA } from '../../fixtures/sigstore-fixtures.ts'
import { bundlePlugin, PluginHost } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-changed-'))
const plugin = join(built, 'attestor-plugin.cjs')
beforeAll(async () => {
  await bundlePlugin(plugin)
  return () => rmSync(built, { recursive: true })
})

let stage: Stage
let host: PluginHost
/** Where the container's own files lie. */
let files: string
beforeEach(async () => {
  stage = await new Stage().start()
  files = join(stage.folder, 'upper')
  mkdirSync(join(files, 'agent'), { recursive: true })
  stage.engine.changes = ['/agent']
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
  run()
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  await host.configure(stage.config({ launch: { mounts: ['/run/agent'] } }))
})
afterEach(async () => {
  await host.kill()
  await stage.stop()
})

const mount = { Type: 'bind', Source: '/run/agent', Destination: '/agent' }
/** The container runs; the engine tells where its files lie, as Docker does with the driver of this name. */
const run = (more: object = {}, driver = 'overlay2'): void =>
  stage.run(imageA, undefined, {
    Mounts: [mount],
    GraphDriver: { Name: driver, Data: { UpperDir: files } },
    ...more,
  })
const questions = (): number => stage.engine.asked.filter((path) => path.endsWith('/changes')).length
/** Whether the container is attested as built, and how often the engine was asked for its changed files for that. */
async function attested(pid = workloadPid): Promise<[boolean, number]> {
  const before = questions()
  const answer = await host.attest(pid)
  return [Array.isArray(answer) && answer.includes(`${prefix}launch:as-built`), questions() - before]
}
/** Attests until nothing more is asked: what was changed just now is not remembered. */
const remembered = () => expect.poll(attested, { timeout: 10_000, interval: 200 }).toEqual([true, 0])

describe('what the engine says is changed in a container', () => {
  it('is asked at the first attestation, and not again while its files are as they were', async () => {
    expect((await attested())[1]).toBeGreaterThan(0)
    await remembered()
    expect(await attested()).toEqual([true, 0])
    // Another process of the same container.
    expect(await attested(initPid)).toEqual([true, 0])
  })

  it('is asked again as soon as a file was put there, and again when it is gone', async () => {
    await remembered()
    writeFileSync(join(files, 'evil'), '')
    stage.engine.changes = ['/agent', '/evil']
    expect((await attested())[0]).toBe(false)
    rmSync(join(files, 'evil'))
    stage.engine.changes = ['/agent']
    expect((await attested())[0]).toBe(true)
    await remembered()
  })

  it('is asked about another container in its own right, whatever its name', async () => {
    await remembered()
    const [other, otherPid] = ['e'.repeat(64), initPid + 1000]
    stage.engine.containers.set(other, stage.engine.containers.get(containerId)!)
    stage.engine.containers.set(other, { image: imageA.id, pid: otherPid })
    stage.process(otherPid, '5', `0::/docker/${other}\n`)
    stage.engine.changes = ['/evil']
    expect(await attested(otherPid)).toEqual([false, 1])
  })

  it('is asked again when the engine says that the files lie elsewhere', async () => {
    await remembered()
    files = join(stage.folder, 'upper-2')
    mkdirSync(join(files, 'agent'), { recursive: true })
    run()
    expect((await attested())[1]).toBe(1)
  })

  it('is forgotten with the configuration', async () => {
    await remembered()
    await host.configure(stage.config({ launch: { mounts: ['/run/agent'] }, cacheSeconds: 30 }))
    expect((await attested())[1]).toBeGreaterThan(0)
  })

  it.each([
    ['with another driver', () => run({}, 'zfs')],
    ['where it does not tell where the files lie', () => run({ GraphDriver: undefined })],
    ['where the folder cannot be read', () => run({ GraphDriver: { Name: 'overlay2', Data: { UpperDir: '/none' } } })],
  ])('is asked each time %s', async (_, prepare) => {
    await remembered()
    prepare()
    expect([await attested(), await attested()]).toEqual([
      [true, 1],
      [true, 1],
    ])
  })

  it('never takes the place of what is looked at each time', async () => {
    await remembered()
    run({ ExecIDs: ['abc'] })
    expect((await attested())[0]).toBe(false)
    run({ Mounts: [mount, { ...mount, Source: '/evil', Destination: '/workload' }] })
    expect((await attested())[0]).toBe(false)
    run()
    expect((await attested())[0]).toBe(true)
    stage.process(workloadPid, '222', `0::/docker/${containerId}\n`, 1)
    expect((await attested())[0]).toBe(false)
    await stage.engine.stop()
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    await stage.engine.start()
  })
})
