import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readStartTime } from '../../../src/core/attestor/processes/process-facts.ts'
import {
  bundle,
  changed,
  engineer,
  type FixtureImage,
  flipBit,
  imageA,
  imageB,
  imageWith,
  intern,
} from '../../fixtures/sigstore-fixtures.ts'
import { indexOf } from './fake-registry.ts'
import { copyPlugin, PluginHost, pluginVersion } from './plugin-host.ts'
import { containerId, initPid, prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-plugin-'))
const plugin = join(built, 'attestor-plugin.cjs')
beforeAll(() => copyPlugin(plugin))
afterAll(() => rmSync(built, { recursive: true }))

let stage: Stage
let host: PluginHost
beforeEach(async () => {
  stage = await new Stage().start()
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
})
afterEach(async () => {
  await host.kill()
  await stage.stop()
})

const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

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

describe('configuring', () => {
  const refusal = (text: string): Promise<string> =>
    host.configure(text).then(
      () => 'accepted',
      (error: Error) => error.message,
    )

  it('refuses what it cannot use and names the key, and keeps the previous configuration', async () => {
    stage.run(imageA)
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.FAILED_PRECONDITION })
    await host.configure(stage.config())
    expect(await refusal('engineSocket = "/x"')).toContain('plugin_data_file')
    expect(await refusal(stage.config().replace('"records"', '"record"'))).toContain('record')
    expect(await refusal(stage.config({ trustedRoot: '/nonexistent' }))).toContain('"trustedRoot"')
    expect(await refusal(stage.config({ trustedRoot: plugin }))).toContain('"trustedRoot"')
    expect(await refusal(stage.config({ cosign: { path: '/nonexistent' } }))).toContain('"cosign"')
    const hashed = { path: process.execPath, sha256: '0'.repeat(64) }
    expect(await refusal(stage.config({ cosign: hashed }))).toMatch(/SHA-256 0{64}; found [0-9a-f]{64}/)
    expect(await host.attest(workloadPid)).toEqual([])
  })

  it('validates without changing anything', async () => {
    const validate = (text: string) =>
      host.call('spire.service.common.config.v1.Config', 'Validate', { hcl_configuration: text })
    expect(await validate(stage.config())).toEqual({ valid: true, notes: [] })
    expect(await validate('{}')).toMatchObject({ valid: false, notes: [expect.stringContaining('engineSocket')] })
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.FAILED_PRECONDITION })
  })
})

describe('a signed image', () => {
  beforeEach(() => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
  })

  it('gets its selectors, and a record of every gate', async () => {
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([
      signer(engineer),
      `${prefix}repository:${stage.repository}`,
      `${prefix}image-digest:${imageA.digest}`,
      `${prefix}log-id:33191423580e948495e4424e87d1170e2b10eed5e778fe0e90aa2ecdf0a23345`,
      `${prefix}log-index:0`,
      `${prefix}subject:${engineer.subject}`,
      `${prefix}issuer:${engineer.issuer}`,
      `${prefix}launch:as-built`,
    ])
    const record = await stage.decision()
    expect(record.gates.map((gate) => `${gate.id} ${gate.verdict}`)).toEqual([
      'container passed',
      'image passed',
      'registry passed',
      'signature passed',
      'signer passed',
      'launch passed',
    ])
    expect(record.gates[4]?.checks?.map((check) => `${check.id} ${check.verdict}`)).toEqual(
      ['chain', 'sct', 'log', 'time', 'digest', 'predicate', 'cosign'].map((id) => `${id} passed`),
    )
    expect(record).toMatchObject({ containerId, imageId: imageA.id, imageDigest: imageA.digest, answer: 'selectors' })
  })

  it('is verified by cosign with signer, issuer, digest and type pinned, on a file that is gone afterwards', async () => {
    await host.configure(stage.config())
    await host.attest(workloadPid)
    const [run = ''] = stage.cosignRuns()
    expect(stage.cosignRuns()).toHaveLength(1)
    for (const flag of [
      `--certificate-identity=${engineer.subject}`,
      `--certificate-oidc-issuer=${engineer.issuer}`,
      `--digest=${imageA.digest.slice(7)}`,
      '--type=https://sigstore.dev/cosign/sign/v1',
    ]) {
      expect(run.split(' ')).toContain(flag)
    }
    expect(existsSync(/--bundle=(\S+)/.exec(run)?.[1] ?? '/')).toBe(false)
  })

  it('is verified once for concurrent callers, and not again for a while', async () => {
    await host.configure(stage.config())
    const answers = await Promise.all([1, 2, 3, 4].map(() => host.attest(workloadPid)))
    expect(answers.every((answer) => Array.isArray(answer) && answer.length === 8)).toBe(true)
    await host.attest(workloadPid)
    expect(stage.cosignRuns()).toHaveLength(1)
    expect((await stage.decision()).cached).toBe(true)
  })

  it('gets them beside bundles that do not count, and no unpaired names with two signers', async () => {
    stage.run(imageB)
    stage.registry.attach(imageB.digest, [
      '{"garbage":true}',
      bundle('engineer'),
      bundle('other-image'),
      bundle('intern'),
      changed(bundle('intern'), (b) => {
        const [entry] = b.verificationMaterial.tlogEntries
        entry!.logIndex = '1'
      }),
    ])
    await host.configure(stage.config())
    const answer = await host.attest(workloadPid)
    expect(answer).toEqual(expect.arrayContaining([signer(engineer), signer(intern)]))
    expect(answer).not.toEqual(expect.arrayContaining([expect.stringContaining('subject:')]))
    // The forged index was verified nowhere: it occurs in no selector twice.
    expect(Array.isArray(answer) && answer.filter((value) => value.includes('log-index:'))).toHaveLength(2)
    expect((await stage.decision()).rejectedBundles).toHaveLength(2)
  })

  it('gets them when the reference is to an index that contains it for this platform', async () => {
    const index = indexOf([imageB.digest, imageA.digest], { platform: { os: 'linux', architecture: 'amd64' } })
    stage.registry.manifest(imageB.manifest)
    stage.run(imageA, [`${stage.repository}@${stage.registry.manifest(index)}`])
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
  })

  it('gets them on an engine that knows it by its index, only for a signature of the running manifest', async () => {
    const index = stage.registry.manifest(indexOf([imageB.digest, imageA.digest]))
    stage.registry.manifest(imageA.manifest)
    stage.registry.manifest(imageB.manifest)
    const runs = (manifest: FixtureImage) => {
      const launched = { ImageManifestDescriptor: { digest: manifest.digest, size: 1 } }
      stage.engine.containers.set(containerId, { image: index, pid: initPid, launched })
      stage.engine.repoDigests.set(index, [`${stage.repository}@${index}`])
    }
    await host.configure(stage.config())
    runs(imageA)
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    runs(imageB)
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('signature not-present')
    // A manifest that the index does not list is not one of its platforms.
    runs(imageWith('stranger'))
    expect(await host.attest(workloadPid)).toEqual([])
  })

  it('gets the selectors of its actual signer: the entry decides who is expected', async () => {
    stage.run(imageB)
    stage.registry.attach(imageB.digest, [bundle('intern')])
    await host.configure(stage.config())
    const answer = await host.attest(workloadPid)
    expect(answer).toContain(signer(intern))
    expect(answer).not.toContain(signer(engineer))
  })

  it('gets nothing while cosign refuses it, crashes, or does not end, and then its selectors', async () => {
    await host.configure(stage.config())
    stage.cosign('echo "Error: failed to verify timestamps: 0 < 1" >&2; exit 1')
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('signer failed')
    stage.cosign('kill -SEGV $$')
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signer could-not-check')
    stage.cosign(`sleep 60 & echo $! > "${stage.folder}/sleeper"; wait`)
    await host.configure(stage.config({ deadlineMs: 1_000 }))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    const sleeper = Number(readFileSync(join(stage.folder, 'sleeper'), 'utf8'))
    await expect.poll(() => readStartTime('/proc', sleeper)).toBeUndefined()
    stage.cosign('echo "Verified OK" >&2')
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
  })

  it('is an error while cosign is killed or missing, and gets its selectors once it is back', async () => {
    await host.configure(stage.config())
    stage.cosign('kill -KILL $$')
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signer could-not-check')
    rmSync(join(stage.folder, 'cosign'))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signer could-not-check')
    stage.cosign('echo "Verified OK" >&2')
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
  })

  it('gets nothing when cosign accepts what we do not', async () => {
    const forged = changed(bundle('engineer'), (b) => {
      const [stamp] = b.verificationMaterial.timestampVerificationData!.rfc3161Timestamps
      stamp!.signedTimestamp = flipBit(stamp!.signedTimestamp)
    })
    stage.registry.attach(imageA.digest, [forged])
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    const signerGate = (await stage.decision()).gates[4]
    expect(signerGate?.verdict).toBe('failed')
    expect(signerGate?.checks?.find((check) => check.id === 'time')?.verdict).toBe('failed')
  })
})
