import { describe, expect, it } from 'vitest'
import type { DecisionRecord, GateRecord, PluginGateId } from '../../../src/core/domain/gate.ts'
import { digestOf } from '../../../src/core/domain/oci/digest.ts'
import { asBuiltSelector } from '../../../src/core/domain/spiffe/selector.ts'
import type { Verdict } from '../../../src/core/domain/verdict.ts'
import { judge, type Testimony } from '../../../src/core/steps/attest/judge.ts'

const engineer = { subject: 'engineer@sandbox.example', issuer: 'http://localhost:1' }
const digest = digestOf(new Uint8Array())
const order: readonly PluginGateId[] = ['container', 'image', 'registry', 'signature', 'signer', 'launch']

function gates(changes: Partial<Record<PluginGateId, Verdict>>): GateRecord[] {
  let open = true
  return order.map((id) => {
    const verdict: Verdict = open ? (changes[id] ?? 'passed') : 'not-checked'
    if (verdict !== 'passed') open = false
    return { id, verdict, expected: `E ${id}`, found: `F ${id}`, remedy: `R ${id}`, elapsedMs: 1 }
  })
}

function testimony(
  changes: Partial<Record<PluginGateId, Verdict>>,
  more: Partial<Testimony> = {},
  signer = engineer,
): Testimony {
  const records = gates(changes)
  const verified = records.find((gate) => gate.id === 'signer')?.verdict === 'passed'
  const asBuilt = records.find((gate) => gate.id === 'launch')?.verdict === 'passed' ? [asBuiltSelector] : []
  const decision: DecisionRecord = {
    version: 1,
    at: '2026-01-01T00:00:10Z',
    pid: 7,
    containerId: 'c',
    containerName: null,
    imageId: digest,
    imageDigest: digest,
    skippedRepositories: [],
    rejectedBundles: [],
    cached: false,
    gates: records,
    signatures: verified ? [{ signer, repository: 'r', imageDigest: digest, logId: 'ab', logIndex: '0' }] : [],
    answer: verified ? 'selectors' : records.some((gate) => gate.verdict === 'could-not-check') ? 'error' : 'none',
    selectors: verified
      ? [`signer:${signer.issuer}|${signer.subject}`, 'repository:localhost:2/demo/hello', ...asBuilt]
      : [],
    elapsedMs: 5,
  }
  return {
    decision,
    selectorType: 'sigstore',
    startedAt: '2026-01-01T00:00:05Z',
    entry: {
      kind: 'entry',
      entryId: 'e',
      spiffeId: 'spiffe://demo.test/hello',
      parentId: 'spiffe://demo.test/node',
      selectors: [
        `sigstore:signer:${engineer.issuer}|${engineer.subject}`,
        'sigstore:repository:localhost:2/demo/hello',
        `sigstore:${asBuiltSelector}`,
      ],
      knownToAgentAt: '2026-01-01T00:00:00Z',
    },
    answer: { kind: 'refused', code: 'PermissionDenied', text: 'no identity issued' },
    ...more,
  }
}
const svid = {
  kind: 'svid' as const,
  svid: {
    spiffeId: 'spiffe://demo.test/hello',
    notBefore: '',
    notAfter: '',
    serial: '',
    chainPem: [],
    bundlePem: [],
    checks: [],
  },
}

describe('the judgement of an attestation', () => {
  it('is an SVID when the workload has one and every gate passed, the entry last', () => {
    const verdict = judge(testimony({}, { answer: svid }))
    expect(verdict.kind).toBe('svid')
    expect(verdict.gates.at(-1)).toMatchObject({ id: 'entry', verdict: 'passed' })
  })

  it.each(['registry', 'signature', 'signer'] as const)(
    'is a denial at gate %s with what was expected, found and how to fix it',
    (gate) => {
      const verdict = judge(testimony({ [gate]: 'not-present' }))
      expect(verdict).toMatchObject({
        kind: 'denied',
        denial: { gate, expected: `E ${gate}`, found: `F ${gate}`, remedy: `R ${gate}` },
      })
      expect(verdict.gates.at(-1)).toMatchObject({ id: 'entry', verdict: 'not-checked' })
    },
  )

  it('is a denial at the entry when another person signed, and says whom the entry requires', () => {
    const intern = { ...engineer, subject: 'intern@sandbox.example' }
    const verdict = judge(testimony({}, {}, intern))
    expect(verdict).toMatchObject({ kind: 'denied', denial: { gate: 'entry' } })
    expect(verdict.kind === 'denied' && verdict.denial.found).toContain('intern@sandbox.example')
    expect(verdict.kind === 'denied' && verdict.denial.expected).toContain('engineer@sandbox.example')
  })

  it('is no denial at the entry while a signature is unchecked: it may be the required one', () => {
    const intern = { ...engineer, subject: 'intern@sandbox.example' }
    const unchecked = (changes: Parameters<typeof testimony>[0]) => {
      const { decision, ...rest } = testimony(changes, {}, intern)
      const uncheckedSignatures = [{ found: 'engineer@sandbox.example: cosign was killed', remedy: 'Start it again.' }]
      return judge({ ...rest, decision: { ...decision, uncheckedSignatures } })
    }
    const verdict = unchecked({})
    expect(verdict).toMatchObject({
      kind: 'failed',
      error: { code: 'attestor.could-not-check', remedy: 'Start it again.' },
    })
    expect(verdict.gates.at(-1)?.found).toMatch(
      /^missing sigstore:signer:.*engineer.*; not checked: engineer@sandbox.example: cosign was killed$/,
    )
    // Whoever signed: it does not run as built.
    expect(unchecked({ launch: 'failed' })).toMatchObject({ kind: 'denied', denial: { gate: 'launch' } })
  })

  it('is a denial at the entry when the right name has another issuer', () => {
    const other = { ...engineer, issuer: 'http://localhost:9' }
    const verdict = judge(testimony({}, {}, other))
    expect(verdict).toMatchObject({ kind: 'denied', denial: { gate: 'entry' } })
    expect(verdict.kind === 'denied' && verdict.denial.found).toContain('issued by http://localhost:9')
  })

  it('is a denial at the launch when only the launch selector is missing: the thread is cut once', () => {
    const verdict = judge(testimony({ launch: 'failed' }))
    expect(verdict).toMatchObject({ kind: 'denied', denial: { gate: 'launch', found: 'F launch', remedy: 'R launch' } })
    expect(verdict.gates.at(-1)).toMatchObject({
      id: 'entry',
      verdict: 'not-checked',
      found: 'the gate launch failed, so sigstore:launch:as-built is missing',
    })
  })

  it('says what else the entry misses, when the launch is not all', () => {
    const intern = { ...engineer, subject: 'intern@sandbox.example' }
    const verdict = judge(testimony({ launch: 'failed' }, {}, intern))
    expect(verdict.gates.at(-1)).toMatchObject({ id: 'entry', verdict: 'failed' })
    expect(verdict).toMatchObject({ kind: 'denied', denial: { gate: 'launch' } })
  })

  it('ignores the launch if the entry does not require it', () => {
    const { entry } = testimony({})
    const unasked = { ...entry, selectors: entry.selectors.slice(0, 2) }
    expect(judge(testimony({ launch: 'failed' }, { entry: unasked, answer: svid })).kind).toBe('svid')
    const intern = { ...engineer, subject: 'intern@sandbox.example' }
    expect(judge(testimony({ launch: 'failed' }, { entry: unasked }, intern))).toMatchObject({
      kind: 'denied',
      denial: { gate: 'entry' },
    })
  })

  it('is a failure when a gate could not check, although the workload was refused', () => {
    expect(judge(testimony({ registry: 'could-not-check' }))).toMatchObject({
      kind: 'failed',
      error: { code: 'attestor.could-not-check' },
    })
  })

  it.each([
    ['the workload got an SVID although a gate fell', testimony({ signature: 'not-present' }, { answer: svid })],
    ['the workload got an SVID although the launch fell', testimony({ launch: 'failed' }, { answer: svid })],
    ['the workload was refused although every gate passed', testimony({})],
    [
      'the SVID is another one than the entry promises',
      testimony({}, { answer: { ...svid, svid: { ...svid.svid, spiffeId: 'spiffe://demo.test/other' } } }),
    ],
    [
      'the agent did not answer with a refusal',
      testimony({ signature: 'failed' }, { answer: { kind: 'refused', code: 'Unavailable', text: '' } }),
    ],
    [
      'the container started before the agent knew the entry',
      testimony({ signature: 'failed' }, { startedAt: '2025-12-31T23:59:59Z' }),
    ],
  ])('is a failure when %s', (_what, given) => {
    expect(judge(given)).toMatchObject({ kind: 'failed', error: { code: 'attestor.contradiction' } })
  })
})
