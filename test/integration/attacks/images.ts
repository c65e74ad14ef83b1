import { describe, expect, it } from 'vitest'
import { pullImage } from '../../../src/core/containers/images/pull-image.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { cosignAs } from '../harness/cosign-as.ts'
import type { AttackStage } from './stage.ts'

/** Attacks with images and names: what runs is not what was signed, or was signed as something else. */
export function imageAttacks(stage: () => AttackStage): void {
  describe.concurrent('an image', () => {
    it('that nobody signed is refused, and attested once it is signed', async () => {
      const image = await stage().pushNew()
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'signature', { found: /^no signature$/, expected: new RegExp(image.digest) })
      await stage().note('unsigned', 'signature', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })

    it('put under a signed image\u2019s tag is refused; the signed one is attested by its digest', async () => {
      const honest = await stage().pushNew()
      await stage().sign(honest)
      await stage().pushNew({ tag: honest.tag })
      const outcome = await stage().ask(honest.tag)
      await stage().expectRefused(outcome, 'signature', { found: /^no signature$/ })
      await stage().note('other content under the signed tag', 'signature', outcome.record.pid, honest)
      await stage().expectAttested(honest.reference)
    })

    it('that was built here under a signed image\u2019s name is refused, and attested once pushed and signed', async () => {
      const { signed } = stage()
      const impostor = await stage().build({ tag: signed.tag })
      const outcome = await stage().ask(signed.tag)
      await stage().expectRefused(outcome, 'registry', {
        // With the containerd image store an image has its digest in its name before it was pushed.
        found: /never pushed or pulled|HTTP 404/,
      })
      await stage().note('a local image with the signed name', 'registry', outcome.record.pid, signed)
      const pushed = await stage().push(impostor)
      await stage().sign(pushed)
      await stage().expectAttested(signed.tag)
      // The name is restored.
      await retag(stage(), signed.reference, signed.tag)
      await stage().push(signed)
    })

    it('with another image\u2019s signature is refused, and attested with its own', async () => {
      const image = await stage().pushNew()
      const { manifests } = await stage().writes().referrers(stage().signed.digest)
      await stage().writes().list(image.digest, manifests)
      const outcome = await stage().ask(image.reference)
      const found = new RegExp(`signs another image, ${stage().signed.digest}`)
      await stage().expectRefused(outcome, 'signature', { found })
      await stage().note('another image\u2019s signature', 'signature', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })

    it('whose tag moves to a signed one when it is made is refused; a signed one keeps its name when its tag moves', async () => {
      const { signed } = stage()
      const evil = await stage().pushNew()
      const before = () => retag(stage(), signed.reference, evil.tag)
      const outcome = await stage().ask(evil.tag, { before })
      await stage().expectRefused(outcome, 'signature', { found: /^no signature$/, expected: new RegExp(evil.digest) })
      await stage().note('unsigned, its tag then moved to the signed image', 'signature', outcome.record.pid, {
        tag: evil.tag,
        id: signed.id,
      })
      await stage().expectAttested(evil.tag, { before: () => retag(stage(), evil.reference, evil.tag) })
    })

    it('of the right signer from another repository is refused, and attested from the entry\u2019s', async () => {
      const elsewhere = await stage().pushNew({ tag: `${stage().registry}/demo/other:1` })
      await stage().sign(elsewhere)
      const outcome = await stage().ask(elsewhere.reference)
      await stage().expectRefused(outcome, 'entry', { found: /missing sigstore:repository:\S+\/demo\/hello/ })
      expect(outcome.record.selectors).toContain(`repository:${stage().registry}/demo/other`)
      await stage().note(
        'the right signer\u2019s image from another repository',
        'entry',
        outcome.record.pid,
        stage().signed,
      )
      const here = `${stage().registry}/demo/hello:from-other`
      await retag(stage(), elsewhere.reference, here)
      const pushed = await stage().push({ tag: here, id: elsewhere.id })
      await stage().sign(pushed)
      await stage().expectAttested(pushed.reference)
    })

    it('with an SBOM that the right signer attested, instead of a signature, is refused, and attested beside one', async () => {
      const image = await stage().pushNew()
      const args = ['--type=spdxjson', `--predicate=${stage().sbom()}`, image.reference]
      await cosignAs(stage().session, stage().state, { persona: 'engineer' }, 'attest', args)
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'signature', { found: /no signature but https:\/\/spdx\.dev\/Document/ })
      await stage().note('an SBOM instead of a signature', 'signature', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })

    it('with only a signature of the legacy format is refused, by that name', async () => {
      const image = await stage().pushNew()
      await stage().signLegacy(image)
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'signature', { found: /legacy format/ })
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })
  })

  // Not beside others: with the containerd image store, a removed image takes layers with it that a build just found.
  describe('an image', () => {
    // The name is the only one by which the engine knows the image, as after a plain `docker pull`.
    it.each(['built', 'pulled'])(
      'that is pulled under its name does not take the identity of the running container that has it (%s)',
      async (how) => {
        const honest = await stage().pushNew({ names: 'its own' })
        await stage().sign(honest)
        const engine = running(stage().session.resources, 'engine')
        if (how === 'pulled') {
          await engine.docker.getImage(honest.id).remove({ force: true })
          expect(await pullImage(engine, honest.tag)).toMatchObject({ ok: true })
        }
        const before = async () => {
          const next = await stage().pushNew({ tag: honest.tag })
          await engine.docker.getImage(honest.tag).remove({ force: true })
          expect(await pullImage(engine, honest.tag)).toMatchObject({ ok: true })
          expect(next.digest).not.toBe(honest.digest)
        }
        const { record } = await stage().expectAttested(honest.tag, { before })
        expect(record.selectors).toContain(`image-digest:${honest.digest}`)
      },
    )
  })
}

/** Moves a name to another image, in the engine. */
async function retag(stage: AttackStage, from: string, to: string): Promise<unknown> {
  const { docker } = running(stage.session.resources, 'engine')
  const at = to.lastIndexOf(':')
  return docker.getImage(from).tag({ repo: to.slice(0, at), tag: to.slice(at + 1) })
}
