import { describe, expect, it } from 'vitest'
import type { AttackStage } from './stage.ts'

/** Attacks with the two parts of a signer. */
export function signerAttacks(stage: () => AttackStage): void {
  describe.concurrent('a signer', () => {
    it('of the right name, issued by another issuer, is refused', async () => {
      const image = await stage().pushNew()
      await stage().sign(image, { persona: 'engineer', issuer: stage().otherIssuer })
      const outcome = await stage().ask(image.reference)
      const found = new RegExp(`engineer@\\S+, issued by ${stage().otherIssuer};.*missing sigstore:signer:`)
      await stage().expectRefused(outcome, 'entry', { found })
      await stage().note('right subject, wrong issuer', 'entry', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })

    it('of another name, issued by the right issuer, is refused', async () => {
      const image = await stage().pushNew()
      await stage().sign(image, { persona: 'intern' })
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'entry', { found: /signed by intern@\S+,.*missing sigstore:signer:/ })
      await stage().note('wrong subject, right issuer', 'entry', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })

    it('is not put together from two others, even where an entry names the halves apart', async () => {
      const image = await stage().pushNew()
      const [right, other] = [stage().entry.selectors.find((each) => each.includes(':signer:'))!, stage().otherIssuer]
      const [issuer = '', subject = ''] = right.replace(/^sigstore:signer:/, '').split('|')
      const halves = [
        `sigstore:subject:${subject}`,
        `sigstore:issuer:${issuer}`,
        `sigstore:image-digest:${image.digest}`,
      ]
      await stage().register('spiffe://demo.test/halves', halves)
      await stage().sign(image, { persona: 'engineer', issuer: other })
      await stage().sign(image, { persona: 'intern' })
      const outcome = await stage().ask(image.reference)
      await stage().expectRefused(outcome, 'entry', { found: /missing sigstore:signer:/ })
      expect(outcome.record.selectors.filter((each) => each.startsWith('signer:'))).toHaveLength(2)
      expect(outcome.record.selectors.filter((each) => /^(?:subject|issuer):/.test(each))).toEqual([])
      await stage().note('two signatures, neither of the wanted pair', 'entry', outcome.record.pid, stage().signed)
      await stage().sign(image)
      await stage().expectAttested(image.reference)
    })
  })
}
