import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { beforeEach, describe, expect, it } from 'vitest'
import { readClaims, readDecisions } from '../../../src/core/attestor/records/records.ts'
import { digestHex, digestOf } from '../../../src/core/domain/oci/digest.ts'
import { bundle, engineer, type FixtureImage, imageA, imageB, imageWith } from '../../fixtures/sigstore-fixtures.ts'
import { endless, FakeRegistry, indexOf } from './fake-registry.ts'
import { pluginForEach } from './plugin-for-each.ts'
import type { PluginHost } from './plugin-host.ts'
import { containerId, prefix, type Stage, workloadPid } from './stage.ts'

let stage: Stage
let host: PluginHost
pluginForEach((own, loaded) => {
  stage = own
  host = loaded
})

const signer = (who: typeof engineer): string => `${prefix}signer:${who.issuer}|${who.subject}`

describe('an image without a signature of its own', () => {
  const cases: [string, string, (image: FixtureImage) => void][] = [
    ['no signature', 'signature not-present', () => undefined],
    [
      'the signature of another image',
      'signature failed',
      (i) => stage.registry.attach(i.digest, [bundle('engineer')]),
    ],
    ['garbage for a signature', 'signature failed', (i) => stage.registry.attach(i.digest, ['garbage', '{}'])],
  ]
  it.each(cases)('with %s gets a definite denial', async (_, gate, prepare) => {
    const image = imageWith('unsigned')
    stage.run(image)
    prepare(image)
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe(gate)
    expect((await stage.decision()).answer).toBe('none')
  })

  it('with only an attestation gets nothing', async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('other-predicate')])
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('signature failed')
    expect((await stage.decision()).rejectedBundles[0]?.reason).toContain('https://example.test/other')
  })

  it('gets its selectors as soon as it is signed: a denial is not cached', async () => {
    stage.run(imageA)
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
  })
})

describe('an image with a false claim', () => {
  const impostor = imageWith('impostor')

  it('gets nothing when the registry has another image under the claimed digest', async () => {
    stage.registry.manifest(imageA.manifest)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    stage.run(impostor, [`${stage.repository}@${imageA.digest}`])
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('registry failed')
  })

  it('gets nothing when the registry returns other bytes', async () => {
    stage.run(imageA)
    stage.registry.answer(`manifests/${imageA.digest}`, imageB.manifest)
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('registry failed')
  })

  it('gets nothing when it was never pushed, or the registry does not have it', async () => {
    await host.configure(stage.config())
    stage.run(impostor, [])
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('registry not-present')
    stage.run(impostor, [`${stage.repository}@${digestOf(Buffer.from('gone'))}`])
    expect(await host.attest(workloadPid)).toEqual([])
    expect(await stage.fell()).toBe('registry not-present')
  })

  it('causes no request to a registry that the configuration does not name', async () => {
    const other = await new FakeRegistry().start()
    stage.run(imageA, [`${other.host}/demo/hello@${imageA.digest}`])
    other.manifest(imageA.manifest)
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toEqual([])
    expect(other.requests).toEqual([])
    expect((await stage.decision()).skippedRepositories).toEqual([`${other.host}/demo/hello`])
    await other.stop()
  })
})

describe('a registry in trouble', () => {
  beforeEach(() => stage.run(imageA))

  it('that is down gives an undetermined result', async () => {
    await host.configure(stage.config())
    await stage.registry.stop()
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('registry could-not-check')
    expect((await stage.decision()).answer).toBe('error')
    await stage.registry.start()
  })

  it('that does not list the signatures gives an undetermined result', async () => {
    stage.registry.answer(`referrers/${imageA.digest}`, (_, response) => response.writeHead(500).end())
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signature could-not-check')
  })

  it.each<[string, (subject: string, response: ServerResponse) => void]>([
    ['does not know the referrers API', (_, response) => response.writeHead(400).end()],
    ['does not accept what is asked for', (_, response) => response.writeHead(406).end()],
    ['sends to a page', (_, response) => response.writeHead(303, { location: '/login' }).end()],
    ['shows a page', (_, response) => response.writeHead(200).end('<html>')],
    ['answers {}', (_, response) => response.writeHead(200).end('{}')],
  ])('that %s still gives a signature by the fallback tag, and none is no denial', async (_, answer) => {
    stage.registry.page('/login', '<html>')
    stage.registry.answer(`referrers/${imageA.digest}`, (_, response) => answer(imageA.digest, response))
    await host.configure(stage.config({ cacheSeconds: 0 }))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signature could-not-check')
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
  })

  it.each([403, 500])('that answers the fallback tag with %i still gives a signature by the API', async (code) => {
    const manifests = stage.registry.attach(imageA.digest, [bundle('engineer')])
    stage.registry.answer(`manifests/sha256-${digestHex(imageA.digest)}`, (_, response) =>
      response.writeHead(code).end(),
    )
    stage.registry.answer(`referrers/${imageA.digest}`, indexOf(manifests))
    await host.configure(stage.config({ cacheSeconds: 0 }))
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    stage.registry.answer(`referrers/${imageA.digest}`, indexOf([]))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
  })

  it('of which a part is unread, and no signer allowed, says what to do about that part', async () => {
    stage.registry.attach(imageA.digest, [bundle('engineer'), 'elsewhere'])
    stage.registry.answer(`blobs/${digestOf(Buffer.from('elsewhere'))}`, (_, response) =>
      response.writeHead(307, { location: 'http://storage.example/' }).end(),
    )
    await host.configure(stage.config({ signers: [{ issuer: 'https://none.example', subject: 'none' }] }))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signer could-not-check')
    const gate = (await stage.decision()).gates.find(({ id }) => id === 'signer')
    expect(gate?.found).toContain('not read: ')
    expect(gate?.found).toContain('a redirect to http://storage.example')
    expect(gate?.remedy).toContain('redirect to https')
  })

  it.each([
    ['without a platform', { platform: null }, 'passed'],
    ['without os', { platform: { architecture: 'amd64' } }, 'passed'],
    ['with a sha512 digest', { digest: `sha512:${'a'.repeat(128)}` }, 'registry could-not-check'],
  ])('whose index has an entry %s hides nothing by it', async (_, more, expected) => {
    const odd = indexOf([imageA.digest], more)
    const digest = stage.registry.manifest(odd)
    stage.run(imageA, [`${stage.repository}@${digest}`])
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    await host.configure(stage.config())
    const answer = await host.attest(workloadPid)
    if (expected === 'passed') expect(answer).toContain(signer(engineer))
    else expect(await stage.fell()).toBe(expected)
  })

  it('that is silent is given up at the deadline', async () => {
    stage.registry.answer(`manifests/${imageA.digest}`, () => undefined)
    await host.configure(stage.config({ deadlineMs: 1_500 }))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    const gate = (await stage.decision()).gates.find(({ id }) => id === 'registry')
    // The gate's own words, or those of the whole attestation where the gate ended too late.
    expect(gate).toMatchObject({
      verdict: 'could-not-check',
      found: expect.stringMatching(/no answer in time|not within 1\.5 s/),
    })
  })

  it.each([
    ['never ends its answer', endless],
    [
      'sends in circles',
      (request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(307, { location: `http://${request.headers.host}${request.url}` }).end(),
    ],
    ['sends elsewhere', (_: unknown, response: ServerResponse) => response.writeHead(307, { location: '//x' }).end()],
  ])('that %s is given up, and what it has stays unknown', async (_, answer) => {
    stage.registry.answer(`manifests/${imageA.digest}`, answer)
    await host.configure(stage.config())
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('registry could-not-check')
  })

  it('with an endless signature leaves that one unknown, and the other one still counts', async () => {
    stage.registry.attach(imageA.digest, [bundle('engineer'), 'endless'])
    stage.registry.answer(`blobs/${digestOf(Buffer.from('endless'))}`, endless)
    await host.configure(stage.config({ cacheSeconds: 0 }))
    expect(await host.attest(workloadPid)).toContain(signer(engineer))
    stage.registry.attach(imageA.digest, ['endless'])
    stage.registry.answer(`blobs/${digestOf(Buffer.from('endless'))}`, endless)
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('signature could-not-check')
  })
})

describe('a process', () => {
  beforeEach(async () => {
    stage.run(imageA)
    stage.registry.attach(imageA.digest, [bundle('engineer')])
    await host.configure(stage.config())
  })

  it('outside of any container gets nothing, at once and without a record', async () => {
    // The second is a rootless container's on cgroup v1.
    for (const cgroups of ['0::/user.slice\n', '2:cpu:/\n1:name=systemd:/\n0::/\n']) {
      stage.process(5000, '1', cgroups)
      expect(await host.attest(5000)).toEqual([])
    }
    expect(readdirSync(stage.records)).toEqual(['health.sock'])
    const why = 'No selectors: the cgroups of the process name no container'
    const logged = () => host.logs.filter((line) => line['@message'] === why).map((line) => line['@level'])
    await expect.poll(logged).toEqual(['debug', 'debug'])
  })

  it('that is gone, or has no pid, is an error', async () => {
    expect(await host.attest(9999)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await host.attest(0)).toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  it('that is ending is an error: the kernel reports no container in its cgroups', async () => {
    stage.process(5000, '1', '12:pids:/\n1:name=systemd:/\n')
    const file = join(stage.proc, '5000', 'stat')
    // Field 9 of proc(5), with PF_EXITING among others, as of a process that has been killed and is not gone yet.
    const stat = readFileSync(file, 'utf8').split(' ')
    const fields = stat.lastIndexOf('name)') + 1
    writeFileSync(file, stat.with(fields + 6, String(0x400000 + 0x4)).join(' '))
    expect(await host.attest(5000)).toMatchObject({ code: status.UNAVAILABLE })
    writeFileSync(file, stat.with(fields + 6, String(0x400000)).join(' '))
    expect(await host.attest(5000)).toEqual([])
  })

  it('in a cgroup that only has a container\u2019s name does not get the container\u2019s selectors', async () => {
    stage.process(5000, '1', `0::/user.slice/user-1000.slice/docker-${containerId}.scope\n`)
    expect(await host.attest(5000)).toEqual([])
    expect(await stage.fell()).toBe('container failed')
  })

  it('is recorded under no container unless it was proved to live there, and is still visible', async () => {
    await host.configure(stage.config({ progress: true }))
    const written: string[] = []
    stage.engine.onInspect = () => written.push(...readdirSync(stage.records))
    mkdirSync(stage.records, { recursive: true })
    stage.process(5000, '1', `0::/user.slice/user-1000.slice/docker-${containerId}.scope\n`)
    expect(await host.attest(5000)).toEqual([])
    expect(await readDecisions(stage.records, containerId)).toEqual([])
    const [claim] = await readClaims(stage.records, containerId)
    expect(claim).toMatchObject({
      pid: 5000,
      containerId: null,
      claimedContainerId: containerId,
      containerName: null,
      imageId: null,
      answer: 'none',
    })
    // The agent's log names what was claimed, as claimed.
    await expect
      .poll(() => host.logs.find((line) => line['@message'] === 'Attested'))
      .toMatchObject({
        claimed_container: containerId,
        pid: '5000',
      })
    // Nor is its progress shown under that name.
    expect(written.filter((name) => name.endsWith('.progress'))).toEqual([])

    await host.attestOnce(workloadPid)
    const [proved, ...more] = await readDecisions(stage.records, containerId)
    expect([proved?.pid, proved?.claimedContainerId, more]).toEqual([workloadPid, undefined, []])
  })

  it('moving between two containers is an error', async () => {
    stage.process(5000, '1', `2:cpu:/docker/${containerId}\n1:memory:/docker/${'d'.repeat(64)}\n`)
    expect(await host.attest(5000)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('container could-not-check')
  })

  it('in a container of another engine gets nothing', async () => {
    stage.process(5000, '1', `0::/docker/${'d'.repeat(64)}\n`)
    expect(await host.attest(5000)).toEqual([])
  })

  it('whose pid was reused meanwhile gets an error, not the container\u2019s selectors', async () => {
    stage.engine.onInspect = () => stage.process(workloadPid, '333', `0::/docker/${containerId}\n`)
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect((await stage.decision()).selectors).toEqual([])
  })

  it('gets an error while the engine is down', async () => {
    await stage.engine.stop()
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.UNAVAILABLE })
    expect(await stage.fell()).toBe('container could-not-check')
    await stage.engine.start()
  })

  it('of a rootless engine is refused unless the configuration allows it', async () => {
    if (process.getuid?.() === 0) chownSync(stage.engine.socket, 1000, 1000)
    await host.configure(stage.config({ rootless: 'refuse' }))
    expect(await host.attest(workloadPid)).toMatchObject({ code: status.FAILED_PRECONDITION })
    await host.configure(stage.config({ rootless: 'allow' }))
    expect(await host.attest(workloadPid)).toContain(`rootless:signer:${engineer.issuer}|${engineer.subject}`)
  })
})
