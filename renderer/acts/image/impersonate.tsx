import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { ImpostorView } from './attack-view.tsx'

export const impersonate: StepDefinition = {
  title: 'Impostor',
  effect: 'this makes an image',
  running: 'An attacker builds an impostor',
  done: 'Same name, and no registry has it',
  digest: digestOf('impostor-image', ({ imageId }) => imageId),
  views: {
    engineer: viewOf('impostor-image', (image, { run }) => (
      <ImpostorView signed={artifactOf(run, 'pushed-image')} impostor={image} />
    )),
  },
}
