import { SigstoreView } from '../../features/machine-view.tsx'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'

export const connect: StepDefinition = {
  title: 'Sigstore',
  effect: 'this only looks',
  running: 'Checking the services',
  done: 'The services are there, and belong together',
  terms: ['trusted root', 'CT log'],
  views: { engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />) },
}
