import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import { steps } from '../../../src/core/workflow/steps.ts'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { trustBundleSources } from '../sources.ts'
import { ServerView } from './spire-view.tsx'
import { ServerStory } from './story.tsx'

export const spireServer: StepDefinition = {
  title: 'SPIRE server',
  effect: 'this starts a service',
  running: 'Starting the SPIRE server',
  done: (run) => ({
    headline: `There is a CA for ${artifactOf(run, 'trust-domain')?.trustDomain ?? 'the trust domain'}`,
    why: steps['spire-server'].explains,
  }),
  terms: ['trust bundle'],
  views: {
    story: viewOf('trust-domain', (domain) => <ServerStory domain={domain} />),
    engineer: viewOf('trust-domain', (domain) => <ServerView domain={domain} />),
    bytes: trustBundleSources,
  },
}
