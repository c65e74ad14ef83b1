import { SigstoreView } from '../../features/machine-view.tsx'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'

export const sandbox: StepDefinition = {
  title: 'Sandbox',
  effect: 'this starts services',
  running: 'Starting a Sigstore on this machine',
  done: 'A whole Sigstore runs on this machine',
  terms: ['trusted root', 'CT log'],
  views: { engineer: viewOf('sigstore', (sigstore) => <SigstoreView sigstore={sigstore} />) },
}
