import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { PushedView } from './image-view.tsx'

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
  views: { engineer: viewOf('pushed-image', (image) => <PushedView image={image} />) },
}
