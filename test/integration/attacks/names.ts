import { describe, expect, it } from 'vitest'
import type { AttackStage } from './stage.ts'

const [escape, newLine] = ['\u001b[2J', '\n']

/** Attacks with the texts that a container's creator chooses: labels, environment, names. */
export function nameAttacks(stage: () => AttackStage): void {
  describe.concurrent('texts of a container', () => {
    it('that look like selectors add nothing to what an unsigned image has', async () => {
      const [signer = ''] = stage().entry.selectors
      const value = signer.replace(/^sigstore:/, '')
      const more = `LABEL sigstore.signer="${value}" "${value}"="1"\nENV SIGNER="${value}" "signer"="${value}"\n`
      const image = await stage().pushNew({ more })
      const outcome = await stage().ask(image.reference, {
        options: {
          name: `signer-${crypto.randomUUID()}`,
          Hostname: 'sigstore-launch-as-built',
          Labels: { [signer]: value, 'launch:as-built': 'true' },
          Env: [`sigstore:${value}`, `SIGSTORE_SIGNER=${value}`],
        },
      })
      await stage().expectRefused(outcome, 'signature', { found: /^no signature$/ })
      await stage().note(
        'unsigned, with labels and variables that look like selectors',
        'signature',
        outcome.record.pid,
        stage().signed,
      )
    })

    it('with control characters break neither the record nor the agent\u2019s log', async () => {
      const hostile = `${escape}evil${newLine}{"level":"error","msg":"forged"}${newLine}`
      const outcome = await stage().ask(stage().signed.reference, {
        options: { Labels: { [hostile]: hostile }, Env: [`${hostile}=${hostile}`] },
      })
      await stage().expectRefused(outcome, 'launch', { found: /^another environment: / })
      expect(outcome.record.selectors.join('')).not.toContain('evil')
      expect(stage().agent.unreadable()).toEqual([])
      expect(stage().agent.said('forged')).toBe(false)
    })

    it('are none of ours where the image is signed: labels and names change no selector', async () => {
      const plain = await stage().expectAttested(stage().signed.reference)
      const named = await stage().expectAttested(stage().signed.reference, {
        options: {
          name: `hello-${crypto.randomUUID()}`,
          Labels: { 'launch:as-built': 'no', [`a${newLine}b`]: escape },
        },
      })
      expect(named.record.selectors).toEqual(plain.record.selectors)
    })
  })
}
