import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import { digestHex } from '../../../src/core/domain/oci/digest.ts'
import { bundle, engineer, imageA, imageB, intern } from '../../fixtures/sigstore-fixtures.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { prefix, Stage, workloadPid } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-policy-'))
const plugin = join(built, 'attestor-plugin.cjs')
let stage: Stage
let host: PluginHost
beforeAll(async () => {
  copyPlugin(plugin)
  stage = await new Stage().start()
  host = new PluginHost(plugin, { TMPDIR: stage.folder })
  await host.load()
})
afterAll(async () => {
  await host.kill()
  await stage.stop()
  rmSync(built, { recursive: true })
})

const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

/** The answer under a configuration, and the failed gate. */
async function attest(more: Partial<AttestorConfigFile> = {}) {
  await host.configure(stage.config({ cacheSeconds: 0, ...more }))
  const answer = await host.attest(workloadPid)
  return { answer, fell: await stage.fell(), record: await stage.decision() }
}

describe('the allowed signers', () => {
  beforeEach(() => {
    stage.run(imageB)
    stage.registry.attach(imageB.digest, [bundle('other-image'), bundle('intern')])
  })

  it('are all when the configuration names none', async () => {
    expect((await attest()).answer).toEqual(expect.arrayContaining([signer(engineer), signer(intern)]))
  })

  it.each([
    ['the very pair', engineer],
    ['a pattern', { issuer: engineer.issuer, subject: { pattern: 'eng*@sandbox.example' } }],
  ])('is %s, and of two signatures only the allowed one counts', async (_, allowed) => {
    const before = stage.cosignRuns().length
    const { answer } = await attest({ signers: [allowed] })
    expect(answer).toContain(signer(engineer))
    expect(answer).not.toContain(signer(intern))
    // What does not count starts no cosign.
    expect(stage.cosignRuns().length - before).toBe(1)
  })

  it.each([
    ['the right subject with another issuer', { ...engineer, issuer: 'https://other.example' }],
    ['another subject with the right issuer', { ...engineer, subject: 'outsider@sandbox.example' }],
    ['a part of the name', { ...engineer, subject: 'engineer' }],
    ['a pattern for a part of it', { ...engineer, subject: { pattern: 'engineer@*.exam' } }],
    ['what would be a regular expression', { ...engineer, subject: '.*' }],
  ])('is nobody here for %s: two signatures, neither of the wanted pair', async (_, allowed) => {
    const before = stage.cosignRuns().length
    const { answer, fell, record } = await attest({ signers: [allowed] })
    expect([answer, fell]).toEqual([[], 'signer failed'])
    const gate = record.gates.find((each) => each.id === 'signer')
    expect(gate?.found).toContain(`${engineer.subject}, issued by ${engineer.issuer}`)
    expect(gate?.found).toContain(intern.subject)
    expect(gate?.remedy).toContain('"signers"')
    expect(stage.cosignRuns().length).toBe(before)
  })
})

describe('a signature', () => {
  it('must have the predicate type that the configuration names', async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer'), bundle('other-predicate')])
    const before = stage.cosignRuns().length
    const { answer, record } = await attest({ predicateType: 'https://example.test/other' })
    expect(answer).toContain(signer(engineer))
    expect(record.rejectedBundles).toHaveLength(1)
    expect(stage.cosignRuns()[before]).toContain('--type=https://example.test/other')
  })

  it.each(['sct', 'timestamp', 'log'] as const)('must have as many %s as required', async (what) => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    const { answer, fell } = await attest({ thresholds: { [what]: 2 } })
    expect([answer, fell]).toEqual([[], 'signer failed'])
    expect((await attest({ thresholds: { [what]: 1 } })).answer).toContain(signer(engineer))
  })

  it('must not be of the legacy format, which is named', async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [])
    stage.registry.answer(`manifests/sha256-${digestHex(imageA.digest)}.sig`, imageB.manifest)
    const { answer, fell, record } = await attest()
    expect([answer, fell]).toEqual([[], 'signature failed'])
    expect(record.gates.find((gate) => gate.id === 'signature')?.found).toContain('legacy format')
  })

  it('must not be of the legacy format, which is named as a referrer too', async () => {
    stage.run(imageA)
    const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
    stage.registry.attach(imageA.digest, ['{"critical":{}}'], { layerType: simpleSigning })
    const { answer, fell, record } = await attest()
    expect([answer, fell]).toEqual([[], 'signature failed'])
    const found = record.gates.find((gate) => gate.id === 'signature')?.found
    expect(found).toContain('legacy format (a referrer without a bundle)')
    // A bundle beside it counts.
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    expect((await attest()).answer).toContain(signer(engineer))
  })
})

describe('an image that is skipped', () => {
  it.each([
    ['its id', imageA.id],
    ['its digest', imageA.digest],
  ])('by %s gets nothing, and nobody is asked', async (_, digest) => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    const before = stage.registry.requests.length
    const { answer, record } = await attest({ skippedImages: [digest] })
    expect([answer, record.answer, stage.registry.requests.length]).toEqual([[], 'none', before])
    expect(record.gates[2]).toMatchObject({ verdict: 'not-checked', found: `the configuration skips ${digest}` })
    expect((await attest({ skippedImages: [imageB.digest] })).answer).toContain(signer(engineer))
  })
})
