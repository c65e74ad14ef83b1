import type { MachineArtifact, SigstoreArtifact } from '../../../src/core/workflow/artifacts.ts'
import { checkLink } from '../../kit/story/links.ts'
import { Chain, type Link, Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'

/** What was checked of this machine, and the engine. */
export function MachineStory({ machine: { engine, checks } }: { machine: MachineArtifact }) {
  return (
    <Story
      result={
        <StoryResult
          says={engine.ours ? 'A private engine of ours' : 'The engine of this machine'}
          value={`${engine.name} ${engine.version}`}
          label="container engine"
        />
      }
    >
      <Chain
        parallel
        label="Checks of this machine"
        links={checks.map((check) => checkLink(check, machineNames[check.id] ?? check.id))}
      />
    </Story>
  )
}

const machineNames: Readonly<Record<string, string>> = { disk: 'Disk', clock: 'Clock', containers: 'Containers' }

/** The parties of Sigstore, and the one thing that is trusted. */
export function SigstoreStory({ sigstore }: { sigstore: SigstoreArtifact }) {
  const party = (id: string, name: string, note: string): Link => ({
    id,
    name,
    note,
    state: 'passed',
    word: 'is there',
  })
  return (
    <Story result={<StoryResult says="The only thing that is trusted" more="the trusted root: their public keys" />}>
      <Chain
        label="Parties"
        links={[
          party('login', 'Login', 'says who a person is'),
          party('fulcio', 'Fulcio', 'certifies a key'),
          party('ct-log', 'CT log', 'records the certificate'),
          ...(sigstore.timestampAuthority === null ? [] : [party('timestamp', 'Timestamp', 'says when')]),
          party('rekor', 'Rekor', 'records the signature'),
          party('registry', 'Registry', 'keeps image and signature'),
        ]}
      />
      <StoryFacts
        facts={[{ name: 'Expected signer', value: sigstore.signer.subject, note: 'the entry will require them' }]}
      />
    </Story>
  )
}
