import { BuiltView } from '../../features/image-view.tsx'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'

export const build: StepDefinition = {
  title: 'Build',
  effect: 'this makes an image',
  running: 'Docker builds the image',
  done: 'A new image was built',
  views: { engineer: viewOf('built-image', (image) => <BuiltView image={image} />) },
}
