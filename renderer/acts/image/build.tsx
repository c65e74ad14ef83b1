import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { BuiltView } from './image-view.tsx'

export const build: StepDefinition = {
  title: 'Build',
  effect: 'this makes an image',
  running: 'Docker builds the image',
  done: 'A new image was built',
  views: { engineer: viewOf('built-image', (image) => <BuiltView image={image} />) },
}
