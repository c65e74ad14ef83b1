import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { EntryView } from './spire-view.tsx'
import { EntryStory } from './story.tsx'
import { OperatorView } from './waiting-view.tsx'

export const register: StepDefinition = {
  title: 'Register',
  effect: 'this writes to the SPIRE server',
  running: 'Creating the registration entry',
  waiting: () => ({
    headline: 'Waiting for the operator to create the registration entry',
    why: 'This SPIRE server is not ours: its operator registers the workload, with this command.',
  }),
  waitingView: ({ run, step, now, onAnswerLogin }) => (
    <OperatorView run={run} step={step} now={now} live={onAnswerLogin !== null} />
  ),
  done: 'The rule is in place before anyone asks',
  terms: ['selector'],
  views: {
    story: viewOf('entry', (entry) => <EntryStory entry={entry} />),
    engineer: viewOf('entry', (entry) => <EntryView entry={entry} />),
    bytes: artifactsAsJson('entry'),
  },
}
