import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { bundle, imageA, imageB } from '../../fixtures/sigstore-fixtures.ts'
import { pluginForEach } from './plugin-for-each.ts'
import { PluginHost, pluginVersion } from './plugin-host.ts'
import { type Stage, workloadPid } from './stage.ts'

let stage: Stage
let host: PluginHost
const plugin = pluginForEach((own, loaded) => {
  stage = own
  host = loaded
})

describe('the program', () => {
  it('describes itself and fails when no agent started it', () => {
    const { status: code, stdout, stderr } = spawnSync(process.execPath, [plugin], { encoding: 'utf8', env: {} })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('A SPIRE agent starts it')
    const version = spawnSync(process.execPath, [plugin, '--version'], { encoding: 'utf8', env: {} })
    expect([version.status, version.stdout]).toEqual([0, `${pluginVersion}\n`])
  })

  it('loads, and stops in SPIRE\u2019s order with exit code 0, silent on stdout, leaving nothing behind', async () => {
    const socket = (host.stdout[0] ?? '').split('|')[3] ?? ''
    expect(existsSync(socket)).toBe(true)
    await host.configure(stage.config())
    expect(await host.shutdown()).toBe(0)
    expect(host.stdout).toHaveLength(1)
    expect(existsSync(dirname(socket))).toBe(false)
    expect(readdirSync(stage.folder).filter((name) => name.includes('plugin'))).toEqual([])
  })

  it('announces its services and answers the health check', async () => {
    const second = new PluginHost(plugin, { TMPDIR: stage.folder })
    expect(await second.load()).toEqual([
      'spire.plugin.agent.workloadattestor.v1.WorkloadAttestor',
      'spire.service.common.config.v1.Config',
    ])
    expect(await second.call('grpc.health.v1.Health', 'Check', { service: 'plugin' })).toEqual({ status: 1 })
    await second.kill()
  })

  it('removes what a killed plugin left behind, and nothing of a living one', async () => {
    const killed = new PluginHost(plugin, { TMPDIR: stage.folder })
    await killed.load()
    await killed.kill()
    const folders = () => readdirSync(stage.folder).filter((name) => name.includes('plugin'))
    expect(folders()).toHaveLength(2)
    const next = new PluginHost(plugin, { TMPDIR: stage.folder })
    await next.load()
    const pids = [host.child.pid, next.child.pid].map(String)
    expect(new Set(folders().map((name) => name.split('-')[3]))).toEqual(new Set(pids))
    await next.kill()
  })

  it('survives Ctrl-C, and ends by itself when its host is gone', async () => {
    await host.configure(stage.config())
    host.child.kill('SIGINT')
    expect(await host.attest(process.pid)).toMatchObject({ code: status.UNAVAILABLE })
    host.disconnect()
    expect(await host.exited).toBe(0)
  })

  it('lets its host stop it in order when a SIGTERM reaches both, and ends when its host does not', async () => {
    await host.configure(stage.config())
    host.child.kill('SIGTERM')
    // SIGTERM is handled before a request that arrives later.
    expect(await host.attest(process.pid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await host.shutdown()).toBe(0)
    const alone = new PluginHost(plugin, { TMPDIR: stage.folder })
    await alone.load()
    alone.child.kill('SIGTERM')
    expect(await alone.exited).toBe(0)
    alone.disconnect()
  }, 30_000)

  it('logs a warning of Node as its own, in the form that the agent reads', async () => {
    const preload = join(stage.folder, 'warns.cjs')
    writeFileSync(preload, "setTimeout(() => process.emitWarning('too many of them', 'ExampleWarning'), 1)")
    const warned = new PluginHost(process.execPath, { TMPDIR: stage.folder }, ['--require', preload, plugin])
    await warned.load()
    await expect
      .poll(() => warned.logs)
      .toContainEqual(expect.objectContaining({ '@level': 'warn', warning: 'ExampleWarning: too many of them' }))
    await warned.kill()
  })

  it('logs in the form that the agent reads, with strings only', async () => {
    stage.run(imageA)
    await host.configure(stage.config())
    await host.attest(workloadPid)
    // The line follows the answer.
    await expect.poll(() => host.logs.map((line) => line['@message'])).toContain('Attested')
    for (const line of host.logs) {
      expect(Object.values(line).every((value) => typeof value === 'string')).toBe(true)
      expect(line['@timestamp']).toMatch(/\.\d{6}Z$/)
    }
  })
})

it('logs once that an image is accepted, and each time that one is denied', async () => {
  const attestedLines = () => host.logs.filter((line) => line['@message'] === 'Attested').map((line) => line['answer'])
  stage.run(imageA)
  stage.registry.attach(imageA.digest, [bundle('engineer')])
  await host.configure(stage.config())
  for (let time = 0; time < 3; time += 1) await host.attest(workloadPid)
  await host.configure(stage.config())
  await expect.poll(() => host.logs.map((line) => line['@message'])).toContain('Configured again')
  expect(attestedLines()).toEqual(['selectors'])
  stage.run(imageB)
  for (let time = 0; time < 2; time += 1) await host.attest(workloadPid)
  await expect.poll(attestedLines).toEqual(['selectors', 'none', 'none'])
})

it('logs one notice for a configuration with keys under their old names', async () => {
  const notices = () => host.logs.filter((line) => String(line['@message']).startsWith('Deprecated'))
  const { cachedSignatures: _, ...current } = JSON.parse(stage.config())
  await host.configure(JSON.stringify(current))
  await host.configure(JSON.stringify({ ...current, rememberedSignatures: 5 }))
  await expect.poll(() => host.logs.map((line) => line['@message'])).toContain('Configured again')
  expect(notices()).toMatchObject([
    { '@level': 'warn', '@message': expect.stringContaining('"rememberedSignatures" is now "cachedSignatures"') },
  ])
})
