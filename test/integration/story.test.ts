import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeEvidence } from '../../src/cli/story/evidence.ts'
import { listOurs } from '../../src/core/containers/labels.ts'
import { digestHex } from '../../src/core/domain/oci/digest.ts'
import { places } from '../../src/core/machine/folders.ts'
import type { Run } from '../../src/core/orchestrator/run/run.ts'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { runCommand } from '../../src/core/process/command.ts'
import { running } from '../../src/core/steps/resources.ts'
import type { AttestationArtifact } from '../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import type { PersonaId, ScenarioId } from '../../src/core/workflow/scenarios.ts'
import { pushByHand, signByHand, startByHand } from '../story/by-hand.ts'
import { realSession, temporaryFolders, tools } from './harness/session.ts'
import { filesBelow, mountsNaming, networkInterfaces, processesNaming } from './harness/traces.ts'

const where = temporaryFolders()
const interfaces = networkInterfaces()
let session: Session

beforeAll(async () => {
  session = await realSession(where)
})
afterAll(async () => {
  await session?.close()
  where.remove()
})

async function runScenario(id: ScenarioId, persona: PersonaId | null = null): Promise<{ run: Run; state: RunState }> {
  const run = session.newRun(id, persona)
  return { run, state: await run.start() }
}
const attestation = (state: RunState): AttestationArtifact => {
  const found = artifactOf(state, 'attestation')
  if (found === undefined) throw new Error(`No attestation: ${JSON.stringify(state.error)}`)
  return found
}
const signerOf = (state: RunState) => artifactOf(state, 'signature')?.signer.subject

describe('the signed scenario', () => {
  it('ends with an SVID that openssl and cosign accept on the evidence alone', async () => {
    const { run, state } = await runScenario('signed')
    expect(state.error).toBeNull()
    expect(state).toMatchObject({ outcome: 'svid', ok: true })
    // Each gate was reported as the attestor decided it, and the progress file is removed.
    const verdicts = state.steps.find(({ id }) => id === 'attest')?.gates.map(({ id, verdict }) => `${id} ${verdict}`)
    expect(verdicts?.slice(0, 5)).toEqual(
      ['container', 'image', 'registry', 'signature', 'signer'].map((id) => `${id} passed`),
    )
    expect(readdirSync(session.resources.places.decisions)).toEqual(['decisions.jsonl', 'health.sock'])
    const promise = artifactOf(state, 'verification')?.checks.filter(({ id }) => id.startsWith('ct-'))
    expect(promise?.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['ct-checkpoint', 'passed'],
      ['ct-entry', 'passed'],
      ['ct-proof', 'passed'],
    ])
    const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
    expect(await writeEvidence(folder, state, run.eventsFile)).toMatchObject({ ok: true })
    const file = (name: string) => join(folder, 'signed', name)

    const openssl = await runCommand({
      program: 'openssl',
      args: ['verify', '-CAfile', file('spire-bundle.pem'), file('svid.pem')],
      timeoutMs: 10_000,
    })
    expect(openssl.stdout).toContain('svid.pem: OK')
    const svid = new X509Certificate(readFileSync(file('svid.pem')))
    expect(svid.subjectAltName).toBe('URI:spiffe://demo.test/hello')

    const image = artifactOf(state, 'pushed-image')
    if (image === undefined) throw new Error('Nothing was pushed.')
    expect(attestation(state).image.digest).toBe(image.digest)
    const verify = (digest: string, subject: string) =>
      runCommand({
        program: tools().cosign,
        args: [
          'verify-blob-attestation',
          `--bundle=${file('bundle.sigstore.json')}`,
          `--digest=${digest}`,
          '--digestAlg=sha256',
          '--type=https://sigstore.dev/cosign/sign/v1',
          `--trusted-root=${file('trusted_root.json')}`,
          `--certificate-identity=${subject}`,
          `--certificate-oidc-issuer=${artifactOf(state, 'sigstore')?.issuer}`,
        ],
        timeoutMs: 10_000,
      })
    expect(await verify(digestHex(image.digest), 'engineer@sandbox.example')).toMatchObject({ exitCode: 0 })
    expect(await verify(digestHex(image.digest), 'intern@sandbox.example')).toMatchObject({ exitCode: 1 })
    expect(await verify('0'.repeat(64), 'engineer@sandbox.example')).toMatchObject({ exitCode: 1 })
    run.log.close()
  })

  it('fails at verify when the intern logs in: no scenario expects that', async () => {
    const { state } = await runScenario('signed', 'intern')
    expect([state.outcome, state.error?.code]).toEqual(['failed', 'run.unexpected-refusal'])
    const verify = state.steps.find(({ id }) => id === 'verify')?.status
    expect(verify).toMatchObject({ state: 'failed', error: { code: 'run.unexpected-refusal' } })
    expect(artifactOf(state, 'attestation')).toBeUndefined()
    expect(state.ok).toBe(false)
    expect(signerOf(state)).toBe('intern@sandbox.example')
  })
})

/** The remedies that the app names, carried out; each returns the result for the same image then. */
const remedies = {
  signed: async (run) => (await run.redo(['sign', 'verify', 'attest'])).outcome,
  'signed by hand': async (run, { repository, digest }) => {
    await signByHand(where, `${repository}@${digest}`, 'engineer', sandbox().issuer)
    return (await run.redo(['attest'])).outcome
  },
  'pushed and signed by hand': async (run, { repository, tag }) => {
    const digest = await pushByHand(engine(), repository, tag)
    await signByHand(where, `${repository}@${digest}`, 'engineer', sandbox().issuer)
    return (await run.redo(['attest'])).outcome
  },
  'pushed to the required repository and signed there': async (run, { imageId, tag, digest }) => {
    const { repository } = artifactOf(run.log.state, 'sigstore')!
    await engine().docker.getImage(imageId).tag({ repo: repository, tag })
    expect(await pushByHand(engine(), repository, tag)).toBe(digest)
    await signByHand(where, `${repository}@${digest}`, 'engineer', sandbox().issuer)
    return (await run.redo(['attest'])).outcome
  },
  'started as it is': async (_, { repository, digest }) => {
    const { socketFolder } = running(session.resources, 'spireAgent')
    return (await startByHand(engine(), `${repository}@${digest}`, socketFolder)).outcome
  },
} satisfies Record<string, (run: Run, image: AttestationArtifact['image']) => Promise<string | null>>
const engine = () => running(session.resources, 'engine')
const sandbox = () => running(session.resources, 'sandbox').endpoints

describe('every denial', () => {
  it.each([
    ['unsigned', 'signature', 'signed', /Sign/],
    ['impostor', 'registry', 'pushed and signed by hand', /Push .* sign it/],
    ['tampered', 'signature', 'signed', /Sign/],
    ['borrowed-signature', 'signature', 'signed', /Sign/],
    ['wrong-signer', 'entry', 'signed', /signed/],
    ['wrong-issuer', 'entry', 'signed by hand', /signed/],
    ['other-image', 'entry', 'pushed to the required repository and signed there', /pushed .* as the entry requires/],
    ['borrowed-image', 'launch', 'started as it is', /Start the image as it is/],
  ] as const)('of %s is proved at gate %s, and the same image, %s, gets its SVID', async (id, gate, remedy, words) => {
    const { run, state } = await runScenario(id)
    expect(state.error).toBeNull()
    expect(state).toMatchObject({ outcome: 'denied', ok: true, denial: { gate } })
    const before = attestation(state)
    expect(before.workloadAnswer.code).toBe('PermissionDenied')
    expect(before.decision.containerId).toBe(before.containerId)
    expect(Date.parse(artifactOf(state, 'entry')?.knownToAgentAt ?? '')).toBeLessThanOrEqual(
      Date.parse(before.startedAt),
    )
    expect(state.denial?.remedy).toMatch(words)
    // One gate failed, and no other with it.
    const fell = before.gates.filter(({ verdict }) => verdict === 'failed' || verdict === 'not-present')
    expect(fell.map((each) => each.id)).toEqual([gate])

    expect(await remedies[remedy](run, before.image)).toBe('svid')
    expect(attestation(run.log.state).image.imageId).toBe(before.image.imageId)
    run.log.close()
  })

  it('of an impostor names an image that no registry has, under the name of the signed one', async () => {
    const { state } = await runScenario('impostor')
    const [signed, ran] = [artifactOf(state, 'pushed-image'), attestation(state)]
    expect(ran.image).toMatchObject({ repository: signed?.repository, tag: signed?.tag, digest: null })
    expect(ran.image.imageId).not.toBe(signed?.imageId)
    expect(ran.decision.gates.find(({ id }) => id === 'registry')?.verdict).toBe('not-present')
  })

  it('of a borrowed signature names a valid signature attached to another image', async () => {
    const { state } = await runScenario('borrowed-signature')
    const [copied, ran] = [artifactOf(state, 'copied-signature'), attestation(state)]
    expect(copied?.signs).toBe(artifactOf(state, 'pushed-image')?.digest)
    expect(copied?.to).toBe(ran.image.digest)
    expect(ran.decision.rejectedBundles).toMatchObject([
      { digest: copied?.bundle, reason: expect.stringContaining(copied?.signs ?? 'none') },
    ])
  })

  it('of the wrong issuer names the right subject: the certificate names its issuer', async () => {
    const { state } = await runScenario('wrong-issuer')
    const { issuer, secondIssuer } = sandbox()
    expect(artifactOf(state, 'signature')?.signer).toEqual({
      subject: 'engineer@sandbox.example',
      issuer: secondIssuer,
    })
    expect(state.steps.find(({ id }) => id === 'verify')?.status.state).toBe('refused')
    const { expected, found } = state.denial!
    expect(expected).toContain(`${issuer}|engineer@sandbox.example`)
    expect(found).toContain(`engineer@sandbox.example, issued by ${secondIssuer}`)
  })

  it('of another image names the repository that the entry requires: signer and launch are as required', async () => {
    const { state } = await runScenario('other-image')
    const { repository } = artifactOf(state, 'sigstore')!
    const { image, decision } = attestation(state)
    expect(image.repository).toBe(`${repository}-other`)
    expect(artifactOf(state, 'signature')).toMatchObject({ subject: image.digest })
    expect(decision.selectors).toEqual(
      expect.arrayContaining([
        `signer:${sandbox().issuer}|engineer@sandbox.example`,
        `repository:${repository}-other`,
        'launch:as-built',
      ]),
    )
    expect(state.denial?.found).toMatch(/missing sigstore:repository:[^ ]+$/)
    expect(state.denial?.found).toContain(`missing sigstore:repository:${repository}`)
  })

  it('of a borrowed image names the very image that was signed, started with another program', async () => {
    const { state } = await runScenario('borrowed-image')
    const [program, ran] = [artifactOf(state, 'other-program'), attestation(state)]
    expect(ran.image.digest).toBe(artifactOf(state, 'signature')?.subject)
    expect(program?.digest).not.toBe(program?.built)
    expect(state.denial?.found).toBe(`${program?.file} is mounted at ${program?.target}`)
    expect(ran.decision.selectors).toContain(`signer:${sandbox().issuer}|engineer@sandbox.example`)
    expect(ran.decision.selectors).not.toContain('launch:as-built')
  })

  it('of a tampered image names the running image, not the signed one', async () => {
    const { state } = await runScenario('tampered')
    const signed = artifactOf(state, 'pushed-image')
    const ran = attestation(state)
    expect(ran.image.tag).toBe(signed?.tag)
    expect(ran.image.digest).not.toBe(signed?.digest)
    expect(ran.decision.imageDigest).toBe(ran.image.digest)
  })
})

describe('a cancel', () => {
  it.each(['build', 'push', 'sign', 'verify', 'register', 'attest'] as const)(
    'in %s leaves nothing running, and the next run works',
    async (step) => {
      const run = session.newRun('signed', null)
      run.log.subscribe((event) => {
        if (event.type === 'step.started' && event.step === step) setImmediate(() => run.cancel('test'))
      })
      const state = await run.start()
      expect(state.outcome).toBe('cancelled')
      const engine = running(session.resources, 'engine')
      expect(await listOurs(engine)).toMatchObject({ ok: true, value: { containers: [] } })
      expect(processesNaming(join(where.state, 'runs'))).toEqual([])
      const { state: next } = await runScenario('signed')
      expect(next.error).toBeNull()
      expect(next.outcome).toBe('svid')
    },
  )

  it('leaves a usable session: three runs in a row', async () => {
    for (let turn = 0; turn < 3; turn++)
      expect(await runScenario('signed').then(({ state }) => state.outcome)).toBe('svid')
  })
})

describe('a restarted sandbox', () => {
  it('still verifies and attests earlier signatures', async () => {
    const { run, state } = await runScenario('signed')
    const image = attestation(state).image
    await session.close()
    expect(processesNaming(where.state)).toEqual([])
    expect(mountsNaming(where.state)).toEqual([])
    expect(networkInterfaces()).toEqual(interfaces)

    session = await realSession(where)
    const { state: later } = await runScenario('signed')
    expect(later.outcome).toBe('svid')
    const sigstore = artifactOf(later, 'sigstore')
    const verified = await runCommand({
      program: tools().cosign,
      args: [
        'verify',
        `--trusted-root=${sigstore?.trustedRoot}`,
        '--certificate-identity=engineer@sandbox.example',
        `--certificate-oidc-issuer=${sigstore?.issuer}`,
        `${image.repository}@${image.digest}`,
      ],
      env: { HOME: places(where).cosignHome },
      timeoutMs: 20_000,
    })
    expect(verified, verified.stderr).toMatchObject({ exitCode: 0 })
    run.log.close()
  })
})

describe('after all these runs', () => {
  beforeAll(() => session.close())

  it('no event, log or file outside the key folders holds a token or a private key', () => {
    const keys = join(places(where).sandbox, 'keys')
    const files = filesBelow(where.state, [keys, join(places(where).engine, 'data')])
    expect(files.length).toBeGreaterThan(50)
    for (const file of files) {
      const text = readFileSync(file, 'latin1')
      expect(text, file).not.toMatch(/eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/)
      expect(text, file).not.toMatch(/-----BEGIN (\w+ )*PRIVATE KEY-----/)
      expect(text, file).not.toMatch(/join_token\/[0-9a-f]{8}-[0-9a-f]{4}/)
    }
  })

  it('keys and state are accessible to their owner only', () => {
    expect(statSync(where.state).mode & 0o777).toBe(0o700)
    for (const file of filesBelow(join(places(where).sandbox, 'keys'), [])) {
      expect(statSync(file).mode & 0o077, file).toBe(0)
    }
  })
})
