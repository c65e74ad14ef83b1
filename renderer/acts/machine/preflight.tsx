import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { MachineView } from './machine-view.tsx'
import { MachineStory } from './story.tsx'

export const preflight: StepDefinition = {
  title: 'Preflight',
  effect: 'this only looks',
  running: 'Checking this machine',
  done: 'This machine is ready',
  views: {
    story: viewOf('machine', (machine) => <MachineStory machine={machine} />),
    engineer: viewOf('machine', (machine) => <MachineView machine={machine} />),
    bytes: artifactsAsJson('machine'),
  },
}
