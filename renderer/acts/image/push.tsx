import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { PushedView } from './image-view.tsx'
import { PushedStory } from './story.tsx'

export const push: StepDefinition = {
  title: 'Push',
  effect: 'this writes to the registry',
  running: 'Docker pushes the image',
  done: () => ({
    headline: 'The digest is the image’s permanent name',
    why: 'The registry answered with the digest of its manifest. A request for this digest returns these bytes or nothing.',
  }),
  terms: ['digest'],
  digest: digestOf('pushed-image', ({ digest }) => digest),
  views: {
    story: viewOf('pushed-image', (image) => <PushedStory image={image} />),
    engineer: viewOf('pushed-image', (image) => <PushedView image={image} />),
    bytes: artifactsAsJson('pushed-image'),
  },
}
