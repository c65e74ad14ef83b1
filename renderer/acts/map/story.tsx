import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { Chain, type Link, Story, StoryResult } from '../../kit/story/story.tsx'
import { type Station, stationsOf } from './stations.ts'

const states: Readonly<Record<Station['state'], readonly [Link['state'], string]>> = {
  reached: ['passed', 'reached'],
  cut: ['cut', 'cut here'],
  open: ['absent', 'not reached'],
  stale: ['absent', 'stale'],
}

/** Every party in two rows, as far as the thread has come. */
export function MapStory({ run }: { run: RunState }) {
  const stations = stationsOf(run)
  const half = Math.ceil(stations.length / 2)
  const links = stations.map(({ id, name, state }): Link => {
    const [shape, word] = states[state]
    return { id, name, state: shape, word, ...(state === 'cut' ? { note: 'cut here' } : {}) }
  })
  return (
    <Story result={<MapResult run={run} />}>
      <Chain label="Parties, to the log" links={links.slice(0, half)} />
      <Chain label="Parties, to the workload" links={links.slice(half)} />
    </Story>
  )
}

function MapResult({ run }: { run: RunState }) {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined || run.outcome === null) return <StoryResult says="No X.509-SVID yet" empty />
  return attestation.svid === null ? (
    <StoryResult says="No X.509-SVID" more={`denied at the gate “${run.denial?.gate ?? ''}”`} empty />
  ) : (
    <StoryResult says="X.509-SVID" value={attestation.svid.spiffeId} label="SPIFFE ID" />
  )
}
