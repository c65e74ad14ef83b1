import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../../src/core/domain/oci/digest.ts'
import { endless } from '../../process/attestor/fake-registry.ts'
import { ociManifest } from '../harness/registry-writes.ts'
import { gateOf, type Outcome } from '../harness/workloads.ts'
import type { Misbehaviour } from './registry-proxy.ts'
import type { AttackStage, Pushed } from './stage.ts'

/** The sandbox's registry, seen through an address at which it begins to misbehave. */
export function registryAttacks(stage: () => AttackStage): void {
  describe('a registry', () => {
    let image: Pushed
    beforeAll(async () => {
      image = await stage().pushNew({ tag: `${stage().proxy.host}/demo/hello:proxied` })
      await stage().sign(image)
    })
    afterEach(async () => {
      // The control of each: the very next attestation, with the registry as it should be.
      stage().proxy.misbehave = () => 'pass'
      // On a busy machine one may truly be late: then the next one is the control.
      const outcome = await vi.waitFor(
        async () => {
          const attested = await stage().ask(image.reference)
          stage().expectSelectors(attested)
          return attested
        },
        { timeout: 30_000, interval: 1_000 },
      )
      expect(outcome.record.selectors).toContain(`repository:${stage().proxy.host}/demo/hello`)
    })

    const manifest: (answer: Misbehaviour) => Misbehaviour = (answer) => (asked, response, onward) =>
      asked.url === `/v2/demo/hello/manifests/${image.digest}` ? answer(asked, response, onward) : 'pass'

    /** No selectors were returned, and the record says why. */
    function expectNothing({ answer, record }: Outcome, gate: string, says: { verdict: string; found: RegExp }): void {
      expect(answer).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
      expect(record).toMatchObject({ selectors: [], answer: says.verdict === 'could-not-check' ? 'error' : 'none' })
      expect(gateOf(record, gate)).toMatchObject({
        verdict: says.verdict,
        found: expect.stringMatching(says.found),
        expected: expect.stringMatching(/\S+ \S+/),
        remedy: expect.stringMatching(/\S+ \S+/),
      })
    }

    it('that is silent leaves the result open, and keeps no other workload waiting', async () => {
      const asked = new Promise<void>((resolve) => {
        stage().proxy.misbehave = manifest(() => {
          resolve()
          return 'answered'
        })
      })
      const id = await stage().workloads.run(image.reference)
      await asked
      await stage().expectAttested(stage().signed.reference)
      expect(await stage().workloads.decisions(id)).toEqual([])
      const outcome = { id, answer: await stage().workloads.answer(id), record: await stage().workloads.decision(id) }
      expectNothing(outcome, 'registry', { verdict: 'could-not-check', found: /no answer in time|not within/ })
    })

    it('that breaks off leaves the result open', async () => {
      stage().proxy.misbehave = manifest((_, response) => {
        response.destroy()
        return 'answered'
      })
      const outcome = await stage().ask(image.reference)
      expectNothing(outcome, 'registry', { verdict: 'could-not-check', found: /\S/ })
    })

    it('that sends elsewhere is not followed there', async () => {
      const requests: string[] = []
      const elsewhere = createServer((asked, response) => {
        requests.push(asked.url ?? '')
        response.end()
      })
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
      const { port } = elsewhere.address() as AddressInfo
      stage().proxy.misbehave = manifest((asked, response) => {
        response.writeHead(307, { location: `http://127.0.0.1:${port}${asked.url}` }).end()
        return 'answered'
      })
      const outcome = await stage().ask(image.reference)
      expectNothing(outcome, 'registry', {
        verdict: 'could-not-check',
        found: new RegExp(`a redirect to http://127.0.0.1:${port}`),
      })
      expect(requests).toEqual([])
      await new Promise((resolve) => elsewhere.close(resolve))
    })

    it('that never ends its answer is given up', async () => {
      stage().proxy.misbehave = manifest((asked, response) => {
        endless(asked, response)
        return 'answered'
      })
      const outcome = await stage().ask(image.reference)
      expectNothing(outcome, 'registry', { verdict: 'could-not-check', found: /more bytes/ })
    })

    it('that gives another manifest than it was asked for is not believed', async () => {
      stage().proxy.misbehave = manifest((_, response) => {
        response.writeHead(200, { 'content-type': ociManifest }).end('{"schemaVersion":2}')
        return 'answered'
      })
      const outcome = await stage().ask(image.reference)
      const found = new RegExp(`bytes with ${digestOf(Buffer.from('{"schemaVersion":2}'))}`)
      expectNothing(outcome, 'registry', { verdict: 'failed', found })
    })

    it('flooded with hundreds of referrers that are none leaves the result open', async () => {
      const writes = stage().writes()
      const { manifests } = await writes.referrers(image.digest)
      const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: await writes.blob('{}'), size: 2 }
      const pushed = Array.from({ length: 300 }, async (_, index) => {
        const body = {
          schemaVersion: 2,
          mediaType: ociManifest,
          config: empty,
          layers: [],
          annotations: { index: `${index}` },
        }
        const text = JSON.stringify(body)
        const digest = await writes.manifest(digestOf(Buffer.from(text)), ociManifest, body)
        return { mediaType: ociManifest, digest, size: text.length }
      })
      const junk = await Promise.all(pushed)
      await writes.list(image.digest, [...junk, ...manifests])
      const outcome = await stage().ask(image.reference)
      await writes.list(image.digest, manifests)
      expectNothing(outcome, 'signature', { verdict: 'could-not-check', found: /more referrers than are read/ })
    })
  })
}
