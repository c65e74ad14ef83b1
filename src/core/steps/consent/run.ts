import { nobodyAnswered } from '../shared/nobody-answered.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/**
 * Waits until a person has agreed to what becomes public. A refusal ends the run before anything has left this machine.
 */
export async function consent({ session, runId, report, signal }: StepContext): Promise<StepOutcome> {
  report({ type: 'step.waited', what: 'an answer to what becomes public', until: null })
  const answer = await session.ask({ runId, step: 'consent' }, signal)
  if (signal.aborted) return failed(nobodyAnswered)
  if (answer !== 'yes') return { kind: 'stopped', reason: 'no one agreed; nothing has left this machine' }
  report({ type: 'step.resumed' })
  return passed({ kind: 'consent', at: new Date().toISOString() })
}
