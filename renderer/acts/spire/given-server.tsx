import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { trustBundleSources } from '../sources.ts'
import { ServerView } from './spire-view.tsx'
import { ServerStory } from './story.tsx'

export const givenServer: StepDefinition = {
  title: 'SPIRE server',
  effect: 'this only looks',
  running: 'Checking the SPIRE server',
  done: 'The SPIRE server is already running',
  terms: ['trust bundle'],
  views: {
    story: viewOf('trust-domain', (domain) => <ServerStory domain={domain} />),
    engineer: viewOf('trust-domain', (domain) => <ServerView domain={domain} />),
    bytes: trustBundleSources,
  },
}
