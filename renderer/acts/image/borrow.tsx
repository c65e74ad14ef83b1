import type { StepDefinition } from '../definition.ts'
import { digestOf, viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { OtherProgramView } from './attack-view.tsx'
import { OtherProgramStory } from './story.tsx'

export const borrow: StepDefinition = {
  title: 'Other program',
  effect: 'this writes a file',
  running: 'An attacker replaces the program',
  done: () => ({
    headline: 'Another program, for the signed image',
    why: 'The image stays as it was signed. Only what is started in it will be another program.',
  }),
  digest: digestOf('other-program', ({ digest }) => digest),
  views: {
    story: viewOf('other-program', (program) => <OtherProgramStory program={program} />),
    engineer: viewOf('other-program', (program) => <OtherProgramView program={program} />),
    bytes: artifactsAsJson('other-program'),
  },
}
