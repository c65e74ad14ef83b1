import { readFile } from 'node:fs/promises'
import { exposesMachine } from '../../attestor/config/exposed-mounts.ts'
import { appError } from '../../domain/app-error.ts'
import { givenSpire } from '../resources.ts'
import { attestorOfStory } from '../shared/attestor-of-story.ts'
import { nobodyAnswered } from '../shared/nobody-answered.ts'
import { selectorType } from '../shared/trust-domain.ts'
import { workloadApi } from '../shared/workload-api.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/**
 * Uses a running agent. We may not write its configuration: its operator is shown what to add, and confirms when that
 * is done.
 */
export async function givenAgent(context: StepContext): Promise<StepOutcome> {
  const { session, report, runId, signal } = context
  const spire = givenSpire(session)
  if (!('agentSocket' in spire)) throw new Error('This step is for profiles with an agent.')
  const api = workloadApi(spire.agentSocket, spire.decisions)
  const { source } = api.mount
  if (exposesMachine(source)) return failed(tooMuch(source))
  const bundlePem = await readFile(spire.trustBundle, 'utf8')
  const configuration = attestorOfStory(context, { decisions: spire.decisions, mounts: [api.mount.source] })
  report({
    type: 'step.noted',
    text: `The agent’s operator loads the attestor under the name "${selectorType}" (docs/attestor.md), with what follows in the file that plugin_data_file names.`,
  })
  report({ type: 'step.noted', text: configuration })
  report({ type: 'step.waited', what: 'the operator of the agent: is the attestor loaded?', until: null })
  const answer = await session.ask({ runId, step: 'given-agent' }, signal)
  if (signal.aborted) return failed(nobodyAnswered)
  if (answer !== 'yes') return { kind: 'stopped', reason: 'the attestor is not loaded' }
  report({ type: 'step.resumed' })
  session.running.workloadApi = api
  return passed(
    { kind: 'trust-domain', trustDomain: spire.trustDomain, serverVersion: null, bundlePem },
    { kind: 'agent', agentId: null, agentVersion: null, nodeAlias: spire.parentId },
  )
}

const tooMuch = (folder: string) =>
  appError(
    'config.agent-socket',
    `The agent\u2019s socket lies in ${folder}, which a container must not be given.`,
    'Have the agent make its socket in a folder of its own, and name that in the profile.',
    { expected: 'a socket in a folder with nothing else in it, such as /run/spire/sockets', found: folder },
  )
