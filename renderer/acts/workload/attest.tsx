import type { Depth } from '../../../src/core/workflow/acts.ts'
import { artifactOf, type RunState, type StepView } from '../../../src/core/workflow/reducer.ts'
import { steps } from '../../../src/core/workflow/steps.ts'
import { whatRuns } from '../../../src/core/workflow/what-runs.ts'
import { denialWhy } from '../../state/denial.ts'
import { isByBuildSystem } from '../../state/signer.ts'
import type { Headline } from '../../state/words.ts'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { attestationSources } from '../sources.ts'
import { AttestationView, AttestingView } from './attestation-view.tsx'
import { AttestationStory, AttestingStory } from './story.tsx'

export const attest: StepDefinition = {
  title: 'Attest',
  effect: 'this runs a container',
  running: 'The workload asks who it is',
  runningView,
  done: attestHeadline,
  terms: ['gate', 'decision record'],
  views: {
    story: viewOf('attestation', (attestation, { run }) => (
      <AttestationStory
        attestation={attestation}
        signature={artifactOf(run, 'signature')}
        program={artifactOf(run, 'other-program')}
      />
    )),
    engineer: viewOf('attestation', (attestation, { run }) => (
      <AttestationView
        attestation={attestation}
        signature={artifactOf(run, 'signature')}
        program={artifactOf(run, 'other-program')}
      />
    )),
    bytes: attestationSources,
  },
}

function runningView(run: RunState, { gates }: StepView, depth: Depth) {
  const Attesting = depth === 'story' ? AttestingStory : AttestingView
  return (
    <Attesting
      gates={gates}
      image={whatRuns((kind) => artifactOf(run, kind))}
      signature={artifactOf(run, 'signature')}
      program={artifactOf(run, 'other-program')}
    />
  )
}

function attestHeadline(run: RunState): Headline {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined) return { headline: steps.attest.title, why: steps.attest.explains }
  if (attestation.svid === null) return { headline: 'No identity for this container', why: denialWhy(run) }
  return {
    headline: 'The workload gets its identity',
    why: `The SPIRE agent asked who is behind process ${attestation.decision.pid}. The attestor followed the thread from the process to ${isByBuildSystem(run) ? 'the build system that' : 'the person who'} signed its image.`,
  }
}
