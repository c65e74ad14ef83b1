import { publicationsIn } from '../../state/publications.ts'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { artifactsAsJson } from '../sources.ts'
import { ConsentView } from './consent-view.tsx'
import { ConsentStory } from './story.tsx'

export const consent: StepDefinition = {
  title: 'Consent',
  effect: 'this asks',
  running: 'Listing what would become public',
  waiting: () => ({
    headline: 'Publish this?',
    why: 'Nothing has left this machine yet. Everyone will be able to read what is listed here, and what a log records stays for ever.',
  }),
  waitingView: ({ publications, onUseSandbox, depth }) =>
    depth === 'story' ? (
      <ConsentStory publications={publications} agreed={false} />
    ) : (
      <ConsentView publications={publications} agreedAt={null} onUseSandbox={onUseSandbox} />
    ),
  cancelled: { headline: 'Nothing was published', why: 'Nothing has left this machine: no push, no signature.' },
  done: 'Publishing was approved',
  views: {
    story: viewOf('consent', (_consent, { run }) => <ConsentStory publications={publicationsIn(run)} agreed />),
    engineer: viewOf('consent', ({ at }, { run }) => (
      <ConsentView publications={publicationsIn(run)} agreedAt={at} onUseSandbox={null} />
    )),
    bytes: artifactsAsJson('consent'),
  },
}
