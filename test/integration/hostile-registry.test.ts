import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { running } from '../../src/core/steps/resources.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { RegistryWrites } from './harness/registry-writes.ts'
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

/** The sandbox's registry, which anyone may write to. */
const writesOf = (state: RunState) => new RegistryWrites(artifactOf(state, 'sigstore')!.registry)

describe('a registry that anyone may write to', () => {
  it('gains nothing by attaching another image\u2019s signature', async () => {
    const signed = await session.newRun('signed', null).start()
    const run = session.newRun('unsigned', null)
    const unsigned = await run.start()
    expect([signed.outcome, unsigned.outcome]).toEqual(['svid', 'denied'])
    const registry = writesOf(signed)
    const [from, to] = [artifactOf(signed, 'pushed-image')?.digest, artifactOf(unsigned, 'pushed-image')?.digest]
    const { manifests } = await registry.referrers(from!)
    await registry.list(to!, manifests)

    const again = await run.redo(['attest'])
    expect(again).toMatchObject({ outcome: 'denied', denial: { gate: 'signature' } })
    expect(signatureGate(again)).toMatchObject({
      verdict: 'failed',
      found: expect.stringContaining('signs another image'),
    })
    expect((await run.redo(['sign', 'attest'])).outcome).toBe('svid')
    run.log.close()
  })

  it('gains nothing by garbage labelled as a signature', async () => {
    const run = session.newRun('unsigned', null)
    const unsigned = await run.start()
    const image = artifactOf(unsigned, 'pushed-image')
    await writesOf(unsigned).attach(image!.digest, ['{"mediaType": "garbage"'])
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
