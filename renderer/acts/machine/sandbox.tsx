import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { SigstoreView } from './machine-view.tsx'

export const sandbox: StepDefinition = {
  title: 'Sandbox',
  effect: 'this starts services',
  running: 'Starting a Sigstore on this machine',
  done: 'A whole Sigstore runs on this machine',
  terms: ['trusted root', 'CT log'],
  views: { engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />) },
}
