import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestHex } from '../../src/core/domain/digest.ts'
import type { Session } from '../../src/core/engine/session.ts'
import { running } from '../../src/core/steps/resources.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { realSession, temporaryFolders } from './harness/session.ts'

const where = temporaryFolders()
let session: Session

beforeAll(async () => {
  session = await realSession(where)
})
afterAll(async () => {
  await session?.close()
  where.remove()
})

const signatureGate = (state: RunState) =>
  artifactOf(state, 'attestation')?.gates.find((gate) => gate.id === 'signature')

const ociIndex = 'application/vnd.oci.image.index.v1+json'
const ociManifest = 'application/vnd.oci.image.manifest.v1+json'
const emptyConfig = { mediaType: 'application/vnd.oci.empty.v1+json', digest: '', size: 2 }

/** Writes to the sandbox's registry as anybody who may push could. */
function registryOf(state: RunState) {
  const sigstore = artifactOf(state, 'sigstore')
  const base = `http://${sigstore?.registry}/v2/demo/hello`
  const put = async (path: string, type: string, body: string): Promise<string> => {
    const response = await fetch(`${base}${path}`, { method: 'PUT', headers: { 'content-type': type }, body })
    expect(response.status, await response.text()).toBe(201)
    return response.headers.get('docker-content-digest') ?? ''
  }
  return {
    index: async (tag: string): Promise<{ manifests: unknown[] }> => {
      const response = await fetch(`${base}/manifests/${tag}`, { headers: { accept: ociIndex } })
      return (await response.json()) as { manifests: unknown[] }
    },
    manifest: (tag: string, type: string, body: unknown) => put(`/manifests/${tag}`, type, JSON.stringify(body)),
    blob: async (bytes: string): Promise<string> => {
      const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(bytes))).toString('hex')}`
      const start = await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
      const place = new URL(start.headers.get('location') ?? '', base)
      place.searchParams.set('digest', digest)
      const done = await fetch(place, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        body: bytes,
      })
      expect(done.status).toBe(201)
      return digest
    },
  }
}

describe('a registry that anybody may write to', () => {
  it('gains nothing by giving an image the signature of another', async () => {
    const signed = await session.newRun('signed', null).start()
    const run = session.newRun('unsigned', null)
    const unsigned = await run.start()
    expect([signed.outcome, unsigned.outcome]).toEqual(['svid', 'denied'])
    const registry = registryOf(signed)
    const [from, to] = [artifactOf(signed, 'pushed-image')?.digest, artifactOf(unsigned, 'pushed-image')?.digest]
    const borrowed = await registry.index(`sha256-${digestHex(from!)}`)
    await registry.manifest(`sha256-${digestHex(to!)}`, ociIndex, borrowed)

    const again = await run.redo(['attest'])
    expect(again).toMatchObject({ outcome: 'denied', denial: { gate: 'signature' } })
    expect(signatureGate(again)).toMatchObject({
      verdict: 'failed',
      found: expect.stringContaining('signs another image'),
    })
    expect((await run.redo(['sign', 'attest'])).outcome).toBe('svid')
    run.log.close()
  })

  it('gains nothing by garbage that calls itself a signature', async () => {
    const run = session.newRun('unsigned', null)
    const unsigned = await run.start()
    const registry = registryOf(unsigned)
    const image = artifactOf(unsigned, 'pushed-image')
    const config = await registry.blob('{}')
    const layer = await registry.blob('{"mediaType": "garbage"')
    const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'
    const manifest = await registry.manifest('garbage', ociManifest, {
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: bundle,
      config: { ...emptyConfig, digest: config },
      layers: [{ mediaType: bundle, digest: layer, size: 23 }],
    })
    await registry.manifest(`sha256-${digestHex(image!.digest)}`, ociIndex, {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [{ mediaType: ociManifest, digest: manifest, size: 1 }],
    })
    const again = await run.redo(['attest'])
    expect(again).toMatchObject({ outcome: 'denied', denial: { gate: 'signature' } })
    expect(signatureGate(again)?.verdict).toBe('failed')
    expect(artifactOf(again, 'attestation')?.decision.rejectedBundles).toHaveLength(1)
    run.log.close()
  })
})

describe('a registry that is down', () => {
  it('makes the outcome failed and not denied, and says what to start', async () => {
    const run = session.newRun('signed', null)
    expect((await run.start()).outcome).toBe('svid')
    const registry = running(session.resources, 'sandbox').services.find(({ id }) => id === 'registry')
    await registry?.stop()

    const attested = await run.redo(['attest'])
    expect(attested).toMatchObject({ outcome: 'failed', denial: null, error: { code: 'attestor.could-not-check' } })
    expect(attested.error?.remedy).toMatch(/registry/)
    const pushed = await run.redo(['push'])
    expect(pushed).toMatchObject({ outcome: 'failed' })
    expect(pushed.error?.code).toMatch(/^registry\./)
    const signed = await run.redo(['sign'])
    expect(signed.error?.code).toMatch(/^cosign\./)
    run.log.close()
  })
})
