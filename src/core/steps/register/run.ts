import { signerSelector } from '../../domain/identity.ts'
import type { Result } from '../../domain/result.ts'
import { asBuiltSelector, formatSelector, type Selector } from '../../domain/spiffe/selector.ts'
import { createEntry, entryArguments } from '../../spire/entries.ts'
import type { EntryArtifact } from '../../workflow/artifacts.ts'
import { expectedSigner } from '../../workflow/build-system.ts'
import { running } from '../resources.ts'
import { nobodyAnswered } from '../shared/nobody-answered.ts'
import { selectorType, workloadId } from '../shared/trust-domain.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

const svidTtlSeconds = 3_600
const knownWithinMs = 30_000
/** How long an operator has: as long as the step. */
const operatorMs = 3_600_000

interface Wanted {
  readonly spiffeId: string
  readonly parentId: string
  readonly selectors: readonly Selector[]
  readonly svidTtlSeconds: number
}

/**
 * Registers the workload by the expected signer, in the expected repository, started as built: never by what was found.
 * The sandbox expects a person or its build system; which of the two depends on the signature, and nothing else does.
 * Ends when the agent itself reports that it knows the entry. If the server is not ours its operator registers, and is
 * shown how.
 */
export async function register(context: StepContext): Promise<StepOutcome> {
  // The expectations from before anything was built or signed.
  const sigstore = context.artifact('sigstore')
  const { repository } = sigstore
  const signer = expectedSigner(sigstore, context.optional('signature'), context.scenario)
  const { nodeAlias } = context.artifact('agent')
  const wanted: Wanted = {
    spiffeId: workloadId(context.artifact('trust-domain').trustDomain),
    parentId: nodeAlias,
    selectors: [signerSelector(signer), `repository:${repository}`, asBuiltSelector].map((value) => ({
      type: selectorType,
      value,
    })),
    svidTtlSeconds,
  }
  return context.session.running.spireServer === undefined ? byOperator(context, wanted) : byUs(context, wanted)
}

async function byUs(context: StepContext, wanted: Wanted): Promise<StepOutcome> {
  const { session, signal, report } = context
  const entry = await createEntry(running(session, 'spireServer').cli, { ...wanted, signal })
  if (!entry.ok) return failed(entry.error)
  report({ type: 'step.command-ran', command: { argv: entry.value.command, byHand: false } })
  report({
    type: 'step.progressed',
    progress: { kind: 'indeterminate', label: 'waiting for the agent to know the entry' },
  })
  const { id } = entry.value.value
  const known = await running(session, 'spireAgent').entries.until(id, { timeoutMs: knownWithinMs, signal })
  // When we saw the log line: the agent's own clock has whole seconds only.
  return known.ok ? passed(artifact(entry.value.value, id, new Date().toISOString())) : failed(known.error)
}

/**
 * Shows the command, and waits for the agent to know the entry; an agent that is not ours does not report it, so a
 * person does.
 */
async function byOperator(context: StepContext, wanted: Wanted): Promise<StepOutcome> {
  const { session, report, runId, signal } = context
  const argv = ['spire-server', ...entryArguments(wanted)]
  report({ type: 'step.command-ran', command: { argv, byHand: true } })
  const agent = session.running.spireAgent
  report({ type: 'step.waited', what: 'the operator of the SPIRE server, who registers the workload', until: null })
  if (agent === undefined) {
    const answer = await session.ask({ runId, step: 'register' }, signal)
    if (signal.aborted) return failed(nobodyAnswered)
    if (answer !== 'yes') return { kind: 'stopped', reason: 'the workload is not registered' }
    report({ type: 'step.resumed' })
    return passed(artifact(wanted, null, null))
  }
  const known: Result<string> = await agent.entries.until(wanted.spiffeId, { timeoutMs: operatorMs, signal })
  if (!known.ok) return failed(known.error)
  report({ type: 'step.resumed' })
  return passed(artifact(wanted, null, new Date().toISOString()))
}

const artifact = (
  { spiffeId, parentId, selectors }: Omit<Wanted, 'svidTtlSeconds'>,
  entryId: string | null,
  knownToAgentAt: string | null,
): EntryArtifact => ({
  kind: 'entry',
  entryId,
  spiffeId,
  parentId,
  selectors: selectors.map(formatSelector),
  knownToAgentAt,
})
