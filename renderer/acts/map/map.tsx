import type { RunState } from '../../../src/core/workflow/reducer.ts'
import type { Headline } from '../../state/words.ts'
import type { PageDefinition } from '../definition.ts'
import { Empty } from '../shown.tsx'
import { everyArtifact } from '../sources.ts'
import { MapStory } from './story.tsx'

export const map: PageDefinition = {
  title: 'Trust map',
  done: mapHeadline,
  views: {
    story: ({ run }) => <MapStory run={run} />,
    // Drawn by the act view itself: its parties lead to their acts.
    engineer: () => <Empty />,
    bytes: everyArtifact,
  },
}

function mapHeadline(run: RunState): Headline {
  const why = 'Each party records what it saw, and trusts none of the others. Select one to see what it passed on.'
  if (run.outcome === 'svid') return { headline: 'Every party checked the one before', why }
  if (run.outcome === 'denied') return { headline: 'The thread is cut, and you can see where', why }
  return { headline: 'How far this run has come', why }
}
