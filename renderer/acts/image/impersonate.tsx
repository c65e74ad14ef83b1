import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { ImpostorView } from './attack-view.tsx'
import { ImpostorStory } from './story.tsx'

export const impersonate: StepDefinition = {
  title: 'Impostor',
  effect: 'this makes an image',
  running: 'An attacker builds an impostor',
  done: 'Same name, and no registry has it',
  digest: digestOf('impostor-image', ({ imageId }) => imageId),
  views: {
    story: viewOf('impostor-image', (image, { run }) => (
      <ImpostorStory signed={artifactOf(run, 'pushed-image')} impostor={image} />
    )),
    engineer: viewOf('impostor-image', (image, { run }) => (
      <ImpostorView signed={artifactOf(run, 'pushed-image')} impostor={image} />
    )),
    bytes: artifactsAsJson('impostor-image'),
  },
}
