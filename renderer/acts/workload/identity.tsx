import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { steps } from '../../../src/core/workflow/steps.ts'
import { denialWhy } from '../../state/denial.ts'
import type { Headline } from '../../state/words.ts'
import type { PageDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { svidSources } from '../sources.ts'
import { IdentityView } from './identity-view.tsx'
import { IdentityStory } from './story.tsx'

export const identity: PageDefinition = {
  title: 'Identity',
  done: identityHeadline,
  terms: ['SVID'],
  views: {
    story: viewOf('attestation', (attestation, { run }) => (
      <IdentityStory attestation={attestation} entry={artifactOf(run, 'entry')} />
    )),
    engineer: viewOf('attestation', (attestation, { run, now }) => (
      <IdentityView
        attestation={attestation}
        entry={artifactOf(run, 'entry')}
        signature={artifactOf(run, 'signature')}
        now={now}
      />
    )),
    bytes: svidSources,
  },
}

function identityHeadline(run: RunState): Headline {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined) return { headline: steps.attest.title, why: steps.attest.explains }
  if (attestation.svid === null) return { headline: 'No identity for this container', why: denialWhy(run) }
  return {
    headline: `This workload is ${attestation.svid.spiffeId}`,
    why: 'It has everything that the registration entry requires. The key never left its memory.',
  }
}
