import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { sigstoreSources } from '../sources.ts'
import { SigstoreView } from './machine-view.tsx'
import { SigstoreStory } from './story.tsx'

export const sandbox: StepDefinition = {
  title: 'Sandbox',
  effect: 'this starts services',
  running: 'Starting a Sigstore on this machine',
  done: 'A whole Sigstore runs on this machine',
  terms: ['trusted root', 'CT log'],
  views: {
    story: viewOf('sigstore', (sigstore) => <SigstoreStory sigstore={sigstore} />),
    engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />),
    bytes: sigstoreSources,
  },
}
