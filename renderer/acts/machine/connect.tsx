import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { SigstoreView } from './machine-view.tsx'

export const connect: StepDefinition = {
  title: 'Sigstore',
  effect: 'this only looks',
  running: 'Checking the services',
  done: 'The services are there, and belong together',
  terms: ['trusted root', 'CT log'],
  views: { engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />) },
}
