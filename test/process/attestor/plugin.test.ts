import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { beforeEach, describe, expect, it } from 'vitest'
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
import { pluginForEach } from './plugin-for-each.ts'
import type { PluginHost } from './plugin-host.ts'
import { containerId, initPid, prefix, type Stage, workloadPid } from './stage.ts'

let stage: Stage
let host: PluginHost
const plugin = pluginForEach((own, loaded) => {
  stage = own
  host = loaded
})

const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

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
    await host.attestOnce(workloadPid)
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
    let answer: unknown
    // An attestation that runs out of time has the signer that it has reached.
    await expect
      .poll(async () => (answer = await host.attest(workloadPid)))
      .toEqual(expect.arrayContaining([signer(engineer), signer(intern)]))
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
    await host.configure(stage.config())
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
