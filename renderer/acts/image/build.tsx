import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { BuiltView } from './image-view.tsx'
import { BuiltStory } from './story.tsx'

export const build: StepDefinition = {
  title: 'Build',
  effect: 'this makes an image',
  running: 'Docker builds the image',
  done: 'A new image was built',
  views: {
    story: viewOf('built-image', (image) => <BuiltStory image={image} />),
    engineer: viewOf('built-image', (image) => <BuiltView image={image} />),
    bytes: artifactsAsJson('built-image'),
  },
}
