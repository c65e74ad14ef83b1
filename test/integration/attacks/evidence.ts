import { beforeAll, describe, expect, it } from 'vitest'
import type { SignerCheckId } from '../../../src/core/domain/gate.ts'
import type { SignerIdentity } from '../../../src/core/domain/identity.ts'
import { makeKey } from '../../../src/core/sandbox/certificates.ts'
import { identityFiles } from '../../../src/core/sandbox/identity-files.ts'
import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import { flipBit, type LooseBundle } from '../../fixtures/sigstore-fixtures.ts'
import { type Forgery, forgeBundle, resigned } from '../harness/forge-bundle.ts'
import { gateOf } from '../harness/workloads.ts'
import type { AttackStage, Pushed } from './stage.ts'

type Falsified = (bundle: LooseBundle, other: LooseBundle) => void | Promise<void>

/** Attacks on the transparency evidence: bundles made with the sandbox's own keys, valid except for one thing. */
export function evidenceAttacks(stage: () => AttackStage): void {
  describe('a bundle by the right signer', () => {
    let image: Pushed
    let signer: SignerIdentity
    let good: LooseBundle
    let other: LooseBundle
    const forged = new Map<string, LooseBundle>()
    beforeAll(async () => {
      image = await stage().pushNew()
      signer = artifactOf(stage().state, 'signature')!.signer
      // Rekor takes a second for each: all at once.
      const defects = made.map(async ([name, more]) => forged.set(name, await forge(await more())))
      ;[good, other] = await Promise.all([forge(), forge(), ...defects])
    })

    const forge = (more: Partial<Forgery> = {}): Promise<LooseBundle> => {
      const { rekor, timestampAuthority } = artifactOf(stage().state, 'sigstore')!
      const files = identityFiles(stage().session.resources.places.sandbox)
      return forgeBundle(
        { files, rekor, timestampAuthority: timestampAuthority ?? '' },
        { digest: image.digest, signer, ...more },
      )
    }

    const attach = (bundle: LooseBundle) =>
      stage()
        .writes()
        .attach(image.digest, [JSON.stringify(bundle)])

    /** Denied at gate signer; among its checks this one failed, and cosign checked the same bytes. */
    async function expectFallen(bundle: LooseBundle, check: SignerCheckId): Promise<void> {
      await attach(bundle)
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'signer', {
        found: new RegExp(`^sha256:[0-9a-f]{64}: ${check}: \\S`),
        expected: /a signature that passes cosign and our own checks/,
      })
      const checks = gateOf(outcome.record, 'signer')?.checks ?? []
      expect(checks.find(({ id }) => id === check)).toMatchObject({
        verdict: 'failed',
        expected: expect.stringMatching(/\S+ \S+/),
        remedy: expect.stringMatching(/\S+ \S+/),
      })
      expect(checks.map(({ id }) => id)).toContain('cosign')
    }

    it('with nothing out of order is accepted, though cosign did not make it', async () => {
      await attach(good)
      await stage().expectAttested(image.reference)
    })

    const noPromise = 'no promise of the certificate log (SCT)'
    const longAgo = () => new Date(Date.now() - 45 * 60_000)
    const made: [string, () => Promise<Partial<Forgery>> | Partial<Forgery>, SignerCheckId][] = [
      ['an expired certificate and no timestamp', () => ({ since: longAgo(), timestamp: false }), 'time'],
      ['an expired certificate and a timestamp after its end', () => ({ since: longAgo() }), 'chain'],
      ['no timestamp', () => ({ timestamp: false }), 'time'],
      [noPromise, () => ({ ctLogKey: null }), 'sct'],
      ['a promise by another key', async () => ({ ctLogKey: (await makeKey()).privatePem }), 'sct'],
      ['another authority of the same name', async () => ({ authorityKey: (await makeKey()).privatePem }), 'chain'],
    ]
    it.each(made)('with %s is refused', async (name, _, check) => {
      await expectFallen(forged.get(name)!, check)
    })

    const entry = (bundle: LooseBundle) => bundle.verificationMaterial.tlogEntries[0]!
    const falsified: [string, Falsified, SignerCheckId][] = [
      [
        'an entry that is not in the log',
        (bundle, other) => {
          entry(bundle).inclusionProof = entry(other).inclusionProof
          if (entry(other).logIndex !== undefined) entry(bundle).logIndex = entry(other).logIndex!
        },
        'log',
      ],
      [
        'a checkpoint by another key',
        async (bundle) => {
          const { checkpoint } = entry(bundle).inclusionProof
          checkpoint.envelope = resigned(checkpoint.envelope, (await makeKey()).privatePem)
        },
        'log',
      ],
      [
        'an entry of the log about another signature',
        (bundle, other) => {
          bundle.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries
        },
        'log',
      ],
      [
        'a falsified body of the entry',
        (bundle) => {
          const text = Buffer.from(entry(bundle).canonicalizedBody, 'base64').toString()
          entry(bundle).canonicalizedBody = Buffer.from(text.replace('"0.0.2"', '"0.0.2" ')).toString('base64')
        },
        'log',
      ],
      [
        'a falsified signature',
        ({ dsseEnvelope }) => {
          const [signature] = dsseEnvelope.signatures
          signature!.sig = flipBit(signature!.sig)
        },
        'time',
      ],
      [
        'another signature\u2019s certificate',
        (bundle, other) => {
          bundle.verificationMaterial.certificate = other.verificationMaterial.certificate
        },
        'digest',
      ],
    ]
    it.each(falsified)('with %s is refused, and accepted as it was', async (_, falsify, check) => {
      const copy = structuredClone(good)
      await falsify(copy, structuredClone(other))
      await expectFallen(copy, check)
      await attach(good)
      await stage().expectAttested(image.reference)
    })

    it('that is no good does not hide a good one beside it', async () => {
      const bundles = [forged.get(noPromise)!, good].map((each) => JSON.stringify(each))
      await stage().writes().attach(image.digest, bundles)
      await stage().expectAttested(image.reference)
    })
  })
}
