import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { AgentView } from './spire-view.tsx'
import { AgentStory } from './story.tsx'

export const spireAgent: StepDefinition = {
  title: 'SPIRE agent',
  effect: 'this starts a service',
  running: 'Starting the SPIRE agent',
  done: 'The agent answers workloads on this machine',
  terms: ['agent', 'attestor'],
  views: {
    story: viewOf('agent', (agent) => <AgentStory agent={agent} />),
    engineer: viewOf('agent', (agent) => <AgentView agent={agent} />),
    bytes: artifactsAsJson('agent'),
  },
}
