import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { TamperedView } from './image-view.tsx'
import { TamperedStory } from './story.tsx'

export const tamper: StepDefinition = {
  title: 'Tamper',
  effect: 'this writes to the registry',
  running: 'An attacker pushes other content',
  done: 'Same name, other bytes',
  digest: digestOf('tampered-image', ({ digest }) => digest),
  views: {
    story: viewOf('tampered-image', (image, { run }) => (
      <TamperedStory before={artifactOf(run, 'pushed-image')} after={image} />
    )),
    engineer: viewOf('tampered-image', (image, { run }) => (
      <TamperedView before={artifactOf(run, 'pushed-image')} after={image} />
    )),
    bytes: artifactsAsJson('tampered-image'),
  },
}
