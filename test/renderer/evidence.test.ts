import { describe, expect, it } from 'vitest'
import { certificateReport } from '../../renderer/acts/certificate/facts.ts'
import { logEntryReport } from '../../renderer/acts/log-entry/facts.ts'
import { recompute, tampered } from '../../renderer/acts/log-entry/proof.ts'
import type { Check } from '../../src/core/domain/verdict.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { recorded } from './recorded.ts'

const runs = ['signed', 'tampered', 'wrong-signer', 'one-leaf'] as const
const fallen = (checks: readonly Check[]) => checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)
const artifactsOf = (run: RunState) => {
  const [signature, sigstore, verification] = [
    artifactOf(run, 'signature'),
    artifactOf(run, 'sigstore'),
    artifactOf(run, 'verification'),
  ]
  if (signature === undefined || sigstore === undefined || verification === undefined) throw new Error('no signature')
  return { signature, sigstore, verification }
}
const certificateOf = (name: string) => {
  const { signature, sigstore, verification } = artifactsOf(recorded(name))
  return certificateReport(signature.certificate.pem, sigstore.trustedRootJson, verification.ctLog)
}
const entryOf = (name: string, change = (bundle: string) => bundle) => {
  const { signature, sigstore } = artifactsOf(recorded(name))
  return logEntryReport(change(signature.bundleJson), sigstore.trustedRootJson, signature.subject)
}

describe('what the window recomputes about a certificate', () => {
  it.each(runs)('holds in a recorded run: %s', (name) => {
    const report = certificateOf(name)
    if (!report.ok) throw new Error(report.error.found)
    const { checks, scts, kept, who, how, old } = report.value
    expect(fallen([...checks, ...(scts?.flatMap(({ steps }) => steps) ?? []), ...(kept?.checks ?? [])])).toEqual([])
    expect([who.length, how.length, old.length, kept?.poisoned]).toEqual([3, 0, 1, true])
    expect(kept?.lines).toMatchObject([{ algorithm: 'EC P-256', verdict: 'passed' }])
  })

  it('fails against another trusted root, and says which check', () => {
    const { signature, verification } = artifactsOf(recorded('signed'))
    const none = certificateReport(signature.certificate.pem, '{}', verification.ctLog)
    if (!none.ok) throw new Error(none.error.found)
    expect(fallen(none.value.checks)).toEqual(['chain', 'lifetime'])
    expect(fallen(none.value.scts?.[0]?.steps ?? [])).toEqual(['issuer-key', 'log-key', 'signature'])
    expect(fallen(none.value.kept?.checks ?? [])).toEqual(['entry', 'checkpoint'])
  })

  it('is an error without input', () => {
    expect(certificateReport('no PEM', '{}', null)).toMatchObject({ ok: false })
    const { signature } = artifactsOf(recorded('signed'))
    expect(certificateReport(signature.certificate.pem, 'garbage', null)).toMatchObject({ ok: false })
  })
})

describe('what the window recomputes about a log entry', () => {
  it.each(runs)('holds in a recorded run: %s', (name) => {
    const report = entryOf(name)
    if (!report.ok) throw new Error(report.error.found)
    const { checks, derivation, proof, timestamp } = report.value
    expect(fallen([...checks, ...(timestamp?.checked.checks ?? [])])).toEqual([])
    expect(derivation.filter(({ verdict }) => verdict !== 'passed')).toEqual([])
    expect(proof?.holds).toBe(true)
  })

  it('fails if the bundle was changed: at the arrow and at the check that it breaks', () => {
    const otherPayload = entryOf('signed', (bundle) => {
      const json = JSON.parse(bundle)
      const text = Buffer.from(json.dsseEnvelope.payload, 'base64').toString().replace('"predicate":', ' "predicate":')
      json.dsseEnvelope.payload = Buffer.from(text).toString('base64')
      return JSON.stringify(json)
    })
    if (!otherPayload.ok) throw new Error(otherPayload.error.found)
    expect(fallen(otherPayload.value.checks)).toEqual(['signature', 'hash'])
    expect(otherPayload.value.derivation.filter(({ verdict }) => verdict === 'failed').map(({ name }) => name)).toEqual(
      ['Logged hash'],
    )
    const otherEntry = entryOf('signed', (bundle) => {
      const json = JSON.parse(bundle)
      json.verificationMaterial.tlogEntries[0].canonicalizedBody = Buffer.from('{"kind":"<b>"}').toString('base64')
      return JSON.stringify(json)
    })
    if (!otherEntry.ok) throw new Error(otherEntry.error.found)
    expect(fallen(otherEntry.value.checks)).toEqual(['certificate', 'hash', 'logged-signature', 'proof'])
    expect(otherEntry.value.body).toMatchObject({ known: false })
    expect(entryOf('signed', () => '{}')).toMatchObject({ ok: false })
  })
})

describe('a proof with one bit flipped', () => {
  const facts = (name: string) => {
    const report = entryOf(name)
    if (!report.ok) throw new Error(report.error.found)
    return report.value.proofFacts
  }

  it('leads to another root, wherever the bit is', () => {
    for (const where of ['entry', 'sibling', 'index', 'root'] as const) {
      const proof = recompute(tampered(facts('signed'), where, Uint8Array.of(1, 2)))
      expect([where, proof?.holds ?? false]).toEqual([where, false])
    }
  })

  it('has no place at all in a tree of one leaf when the index differs', () => {
    expect(recompute(tampered(facts('one-leaf'), 'index', new Uint8Array()))).toBeUndefined()
  })
})
