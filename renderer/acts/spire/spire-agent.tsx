import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { AgentView } from './spire-view.tsx'

export const spireAgent: StepDefinition = {
  title: 'SPIRE agent',
  effect: 'this starts a service',
  running: 'Starting the SPIRE agent',
  done: 'The agent answers workloads on this machine',
  terms: ['agent', 'attestor'],
  views: { engineer: viewOf('agent', (agent) => <AgentView agent={agent} />) },
}
