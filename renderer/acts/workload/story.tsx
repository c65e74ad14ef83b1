import { type GateId, type GateRecord, gateIds, gateTable } from '../../../src/core/domain/gate.ts'
import { type Verdict, verdictWords } from '../../../src/core/domain/verdict.ts'
import type {
  AttestationArtifact,
  EntryArtifact,
  OtherProgramArtifact,
  SignatureArtifact,
} from '../../../src/core/workflow/artifacts.ts'
import { verdictState } from '../../kit/story/links.ts'
import { Chain, type Link, Skyline, Skylines, Story, StoryFacts, StoryResult } from '../../kit/story/story.tsx'
import { seconds } from '../../kit/text/text.ts'
import { shortSubject } from '../../state/signer.ts'
import { selectorFacts } from '../spire/selector-facts.ts'

/** The seven gates from left to right: the thread is cut at the first that failed, and what comes after was not reached. */
function Gates({ gates }: { gates: readonly Pick<GateRecord, 'id' | 'verdict'>[] }) {
  const cutAt = gateIds.findIndex((id) => cuts(verdictOf(gates, id)))
  const links = gateIds.map((id, at): Link => {
    const verdict = verdictOf(gates, id)
    if (cutAt >= 0 && at > cutAt) return { id, name: gateTable[id].name, state: 'absent', word: 'not reached' }
    return { id, name: gateTable[id].name, state: verdictState[verdict], word: verdictWords[verdict] }
  })
  return <Chain label="Gates of the attestation" links={links} />
}

const verdictOf = (gates: readonly Pick<GateRecord, 'id' | 'verdict'>[], id: GateId): Verdict =>
  gates.find((gate) => gate.id === id)?.verdict ?? 'not-checked'

const cuts = (verdict: Verdict): boolean => verdict === 'failed' || verdict === 'not-present'

interface AttestationStoryProps {
  readonly attestation: AttestationArtifact
  readonly signature: SignatureArtifact | undefined
  readonly program: OtherProgramArtifact | undefined
}

/** What runs and what was signed as skylines, the gates, and the SVID or its empty place. */
export function AttestationStory({ attestation, signature, program }: AttestationStoryProps) {
  const { image, decision, gates } = attestation
  return (
    <Story result={<SvidResult attestation={attestation} />}>
      <Comparison image={image} served={decision.imageDigest} signature={signature} program={program} />
      <Gates gates={gates} />
    </Story>
  )
}

interface AttestingStoryProps {
  readonly gates: readonly GateRecord[]
  readonly image: AttestationArtifact['image'] | undefined
  readonly signature: SignatureArtifact | undefined
  readonly program: OtherProgramArtifact | undefined
}

/** The same places while the attestation is under way. */
export function AttestingStory({ gates, image, signature, program }: AttestingStoryProps) {
  return (
    <Story result={<StoryResult says="No X.509-SVID yet" empty />}>
      {image === undefined ? null : (
        <Comparison image={image} served={undefined} signature={signature} program={program} />
      )}
      <Gates gates={gates} />
    </Story>
  )
}

interface ComparisonProps {
  readonly image: AttestationArtifact['image']
  /** Undefined while the registry was not asked; null if it has no such image. */
  readonly served: string | null | undefined
  readonly signature: SignatureArtifact | undefined
  readonly program: OtherProgramArtifact | undefined
}

/** Up to three skylines. Where another program runs in the signed image, the programs are what has to be compared. */
function Comparison({ image, served, signature, program }: ComparisonProps) {
  const runs = image.digest ?? image.imageId
  const signed = signature?.subject ?? null
  const same = signed === runs
  if (program !== undefined) {
    return (
      <Skylines>
        <Skyline
          name="This container runs"
          digest={runs}
          says={same ? 'the signed image' : 'another image'}
          hex={false}
        />
        <Skyline name="Its signed program" digest={program.built} hex={false} />
        <Skyline name="The program started" digest={program.digest} tone="cut" says="another program" />
      </Skylines>
    )
  }
  return (
    <Skylines>
      <Skyline name="This container runs" digest={runs} {...(image.digest === null ? { says: 'its image id' } : {})} />
      {served === undefined ? null : (
        <Skyline
          name="The registry serves"
          digest={served}
          says={served === null ? 'no such image' : served === runs ? 'the same' : 'another image'}
          hex={served !== runs}
        />
      )}
      <Skyline
        name={signature === undefined ? 'A person signed' : `${shortSubject(signature.signer.subject)} signed`}
        digest={signed}
        says={signed === null ? 'nothing' : same ? 'the same' : 'another image'}
        tone={same ? 'thread' : 'cut'}
        hex={signed !== null && !same}
      />
    </Skylines>
  )
}

/** The SVID, or the answer that the workload got instead. */
function SvidResult({ attestation: { svid, workloadAnswer } }: { attestation: AttestationArtifact }) {
  if (svid === null)
    return <StoryResult says="No X.509-SVID" more={`${workloadAnswer.code}: ${workloadAnswer.text}`} empty />
  return <StoryResult says="X.509-SVID" value={svid.spiffeId} label="SPIFFE ID" />
}

interface IdentityStoryProps {
  readonly attestation: AttestationArtifact
  readonly entry: EntryArtifact | undefined
}

/** What the entry requires, and what the attestor found of it. */
export function IdentityStory({ attestation, entry }: IdentityStoryProps) {
  const { svid, decision } = attestation
  const type = entry?.selectors[0]?.split(':')[0] ?? 'sigstore'
  const obtained = decision.selectors.map((value) => `${type}:${value}`)
  const life = svid === null ? 0 : Date.parse(svid.notAfter) - Date.parse(svid.notBefore)
  return (
    <Story result={<SvidResult attestation={attestation} />}>
      <p className="story-lead">
        {svid === null ? 'The entry requires all of these' : 'Everything that the entry requires was found'}
      </p>
      <StoryFacts facts={selectorFacts(entry?.selectors ?? [], obtained)} />
      {svid === null ? null : (
        <StoryFacts
          facts={[
            { name: 'Valid for', value: seconds(life), note: 'the agent renews it at half of that', words: true },
          ]}
        />
      )}
    </Story>
  )
}
