import type { SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'
import { recompute } from './proof.ts'
import { ProofPath } from './proof-path.tsx'

/** The way from our entry up to the root, computed here; and whether it is the root that the log signed. */
export function LogEntryStory({ signature: { logEntry } }: { signature: SignatureArtifact }) {
  const proof = recompute(logEntry)
  const holds = proof?.holds === true
  return (
    <Story
      result={
        <StoryResult
          says={holds ? 'The entry is in the log' : 'The proof does not hold'}
          more={holds ? 'the computed root is the one that the log signed' : 'the computed root is another one'}
          tone={holds ? 'ink' : 'cut'}
          empty={!holds}
        />
      }
    >
      {proof === undefined ? null : <ProofPath levels={proof.levels} index={logEntry.proofIndex} />}
      <StoryFacts
        facts={[
          { name: 'Computed root', value: proof?.root ?? 'none', ...(holds ? {} : { state: 'cut' as const }) },
          {
            name: 'The log signed',
            value: logEntry.rootHash,
            note: logEntry.treeSize === '1' ? '1 entry' : `${logEntry.treeSize} entries`,
          },
        ]}
      />
    </Story>
  )
}
