import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { sigstoreSources } from '../sources.ts'
import { SigstoreView } from './machine-view.tsx'
import { SigstoreStory } from './story.tsx'

export const connect: StepDefinition = {
  title: 'Sigstore',
  effect: 'this only looks',
  running: 'Checking the services',
  done: 'The services are there, and belong together',
  terms: ['trusted root', 'CT log'],
  views: {
    story: viewOf('sigstore', (sigstore) => <SigstoreStory sigstore={sigstore} />),
    engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />),
    bytes: sigstoreSources,
  },
}
