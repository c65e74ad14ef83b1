import { type AppError, appError } from '../../domain/app-error.ts'
import type { DecisionRecord, GateId } from '../../domain/gate.ts'
import { asBuiltSelector, formatSelector, missingSelectors, parseSelector } from '../../domain/spiffe/selector.ts'
import type { Svid } from '../../domain/spiffe/svid.ts'
import type { Check } from '../../domain/verdict.ts'
import type { Denial, EntryArtifact } from '../../workflow/artifacts.ts'

/** What the Workload API returned, as the workload printed it. */
export type WorkloadAnswer =
  | { readonly kind: 'svid'; readonly svid: Svid }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }

export interface Testimony {
  readonly answer: WorkloadAnswer
  readonly decision: DecisionRecord
  readonly entry: EntryArtifact
  /** ISO 8601: when the container started. */
  readonly startedAt: string
  /** The selector type: the plugin's name in the agent's configuration. */
  readonly selectorType: string
}

export type Judgement =
  | { readonly kind: 'svid'; readonly gates: readonly Check<GateId>[]; readonly svid: Svid }
  | { readonly kind: 'denied'; readonly gates: readonly Check<GateId>[]; readonly denial: Denial }
  | { readonly kind: 'failed'; readonly gates: readonly Check<GateId>[]; readonly error: AppError }

/**
 * Compares three sources: what the workload got, what the attestor decided, what the entry requires. A denial counts
 * only when the workload itself was refused, the agent knew the entry before the container started, and one gate is the
 * reason. A gate that could not check proves nothing.
 */
export function judge(testimony: Testimony): Judgement {
  const { answer, decision, entry } = testimony
  const gates = [...decision.gates, entryGate(testimony)]
  const failed = (error: AppError): Judgement => ({ kind: 'failed', gates, error })
  const unable = gates.find((gate) => gate.verdict === 'could-not-check')
  if (unable !== undefined) return failed(couldNotCheck(unable))
  const fallen = gates.find((gate) => fell(gate) && stops(gate, testimony))
  if (answer.kind === 'svid') {
    if (fallen !== undefined) return failed(contradiction(`an SVID, although gate ${fallen.id} failed`))
    if (answer.svid.spiffeId !== entry.spiffeId) return failed(contradiction(`an SVID for ${answer.svid.spiffeId}`))
    return { kind: 'svid', gates, svid: answer.svid }
  }
  if (fallen === undefined) return failed(contradiction(`${answer.code}, although every gate passed`))
  if (answer.code !== 'PermissionDenied') return failed(contradiction(`${answer.code}: ${answer.text}`))
  // If only an operator confirmed the entry, a refusal is accepted for the failed gate, and for nothing else.
  const { knownToAgentAt } = entry
  if (knownToAgentAt !== null && Date.parse(knownToAgentAt) > Date.parse(testimony.startedAt)) {
    return failed(contradiction('a refusal before the agent knew the entry'))
  }
  const remedy = fallen.remedy ?? 'Look at the decision record of this container.'
  return { kind: 'denied', gates, denial: { gate: fallen.id, expected: fallen.expected, found: fallen.found, remedy } }
}

const fell = ({ verdict }: Check<GateId>): boolean => verdict === 'failed' || verdict === 'not-present'

/** The gate `launch` does not block by itself: it is a reason only if the entry requires its selector. */
const stops = ({ id }: Check<GateId>, { entry, selectorType }: Testimony): boolean =>
  id !== 'launch' || entry.selectors.includes(`${selectorType}:${asBuiltSelector}`)

/** The gate that only the entry can decide: were all required selectors obtained? */
function entryGate({ decision, entry, selectorType }: Testimony): Check<GateId> {
  const expected = entry.selectors.join(' and ')
  if (decision.answer !== 'selectors') {
    return { id: 'entry', verdict: 'not-checked', expected, found: 'no selectors to compare' }
  }
  const needed = entry.selectors.map(parseSelector).flatMap((parsed) => (parsed.ok ? [parsed.value] : []))
  const obtained = decision.selectors.map((value) => ({ type: selectorType, value }))
  const missing = missingSelectors(needed, obtained).map(formatSelector)
  if (missing.length === 0) return { id: 'entry', verdict: 'passed', expected, found: 'the workload has all of them' }
  const launch = decision.gates.find(({ id }) => id === 'launch')
  const asBuilt = `${selectorType}:${asBuiltSelector}`
  const launchStops = launch !== undefined && fell(launch) && missing.includes(asBuilt)
  if (launchStops && missing.length === 1) {
    return { id: 'entry', verdict: 'not-checked', expected, found: `the gate launch failed, so ${asBuilt} is missing` }
  }
  const [unchecked] = decision.uncheckedSignatures ?? []
  if (unchecked !== undefined) {
    const found = `missing ${missing.join(' and ')}; not checked: ${unchecked.found}`
    // A launch that is not as built is a reason of its own, whoever signed.
    if (launchStops) return { id: 'entry', verdict: 'not-checked', expected, found }
    return { id: 'entry', verdict: 'could-not-check', expected, found, remedy: unchecked.remedy }
  }
  const signers = decision.signatures.map(({ signer }) => `${signer.subject}, issued by ${signer.issuer}`)
  return {
    id: 'entry',
    verdict: 'failed',
    expected,
    found: `signed by ${signers.join('; ')}; missing ${missing.join(' and ')}`,
    remedy: `Have this image signed, pushed and started as the entry requires (${expected}), or register an entry for what was found.`,
  }
}

const couldNotCheck = (gate: Check<GateId>): AppError =>
  appError('attestor.could-not-check', `The gate "${gate.id}" could not be checked.`, gate.remedy ?? 'Try again.', gate)

const contradiction = (found: string): AppError =>
  appError(
    'attestor.contradiction',
    'The workload’s answer does not follow from the attestor’s decision.',
    'Report this with the event log and the decision record.',
    { expected: 'an SVID when every gate passed, PermissionDenied when one failed', found },
  )
