import { signerSelector } from '../../domain/identity.ts'
import { asBuiltSelector, formatSelector } from '../../domain/selector.ts'
import { createEntry } from '../../spire/entries.ts'
import { expectedPersona, personaEmail } from '../../workflow/scenarios.ts'
import { running } from '../resources.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'
import { nodeAlias, selectorType, workloadId } from '../trust-domain.ts'

const svidTtlSeconds = 3_600
const knownWithinMs = 30_000

/**
 * Registers the workload by who is expected to have signed it, in the repository it is expected in, started as it was
 * built: never by what was found. Ends when the agent itself says that it knows the entry.
 */
export async function register(context: StepContext): Promise<StepOutcome> {
  const { session, signal, report } = context
  const { repository } = context.artifact('pushed-image')
  // The sandbox's own issuer, asked of what runs and not of what was signed.
  const signer = { subject: personaEmail(expectedPersona), issuer: running(session, 'sandbox').endpoints.issuer }
  const selectors = [signerSelector(signer), `repository:${repository}`, asBuiltSelector].map((value) => ({
    type: selectorType,
    value,
  }))
  const { cli } = running(session, 'spireServer')
  const entry = await createEntry(cli, {
    spiffeId: workloadId,
    parentId: nodeAlias,
    selectors,
    svidTtlSeconds,
    signal,
  })
  if (!entry.ok) return failed(entry.error)
  report({ type: 'step.command-ran', command: { argv: entry.value.command, byHand: false } })
  report({
    type: 'step.progressed',
    progress: { kind: 'indeterminate', label: 'waiting for the agent to know the entry' },
  })
  const { id, spiffeId, parentId } = entry.value.value
  const known = await running(session, 'spireAgent').entries.until(id, { timeoutMs: knownWithinMs, signal })
  if (!known.ok) return failed(known.error)
  return passed({
    kind: 'entry',
    entryId: id,
    spiffeId,
    parentId,
    selectors: entry.value.value.selectors.map(formatSelector),
    // When it was seen to be known: the agent's own clock has whole seconds only.
    knownToAgentAt: new Date().toISOString(),
  })
}
