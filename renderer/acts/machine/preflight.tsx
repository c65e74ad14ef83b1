import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { MachineView } from './machine-view.tsx'

export const preflight: StepDefinition = {
  title: 'Preflight',
  effect: 'this only looks',
  running: 'Checking this machine',
  done: 'This machine is ready',
  views: { engineer: viewOf('machine', (machine) => <MachineView machine={machine} />) },
}
