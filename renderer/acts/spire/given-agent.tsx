import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { AgentView } from './spire-view.tsx'
import { AgentStory } from './story.tsx'
import { AgentConfigurationView } from './waiting-view.tsx'

export const givenAgent: StepDefinition = {
  title: 'SPIRE agent',
  effect: 'this only looks',
  running: 'Checking the SPIRE agent',
  waiting: () => ({
    headline: 'Is the attestor loaded?',
    why: 'This agent is not ours: its operator loads the attestor into it, with this configuration.',
  }),
  waitingView: ({ run, step, now, onAnswerLogin }) => (
    <AgentConfigurationView run={run} step={step} now={now} live={onAnswerLogin !== null} />
  ),
  done: 'The agent answers workloads on this machine',
  terms: ['agent', 'attestor'],
  views: {
    story: viewOf('agent', (agent) => <AgentStory agent={agent} />),
    engineer: viewOf('agent', (agent) => <AgentView agent={agent} />),
    bytes: artifactsAsJson('agent'),
  },
}
