import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { ServerView } from './spire-view.tsx'

export const givenServer: StepDefinition = {
  title: 'SPIRE server',
  effect: 'this only looks',
  running: 'Checking the SPIRE server',
  done: 'The SPIRE server is already running',
  terms: ['trust bundle'],
  views: { engineer: viewOf('trust-domain', (domain) => <ServerView domain={domain} />) },
}
