import { type GateRecord, gateIds, gateTable } from '../../../src/core/domain/gate.ts'
import type { Check } from '../../../src/core/domain/verdict.ts'
import type {
  AttestationArtifact,
  OtherProgramArtifact,
  SignatureArtifact,
} from '../../../src/core/workflow/artifacts.ts'
import { DigestLine } from '../../kit/digest/digest-line.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { shortSubject } from '../../state/signer.ts'
import { SvidCard } from './svid-card.tsx'

const gateNames = Object.fromEntries(gateIds.map((id) => [id, gateTable[id].name]))

interface AttestingViewProps {
  /** Those that are decided so far. */
  readonly gates: readonly GateRecord[]
  readonly image: AttestationArtifact['image'] | undefined
  readonly signature: SignatureArtifact | undefined
  readonly program: OtherProgramArtifact | undefined
}

/**
 * The same places while the attestation is under way: every gate is shown from the start, and none is answered early.
 */
export function AttestingView({ gates, image, signature, program }: AttestingViewProps) {
  const all = gateIds.map(
    (id): Check =>
      gates.find((gate) => gate.id === id) ?? {
        id,
        verdict: 'not-checked',
        expected: '',
        found: gateTable[id].question,
      },
  )
  return (
    <div className="act-picture">
      {image === undefined ? null : (
        <DigestSeal image={image} served="not asked yet" signature={signature} program={program} />
      )}
      <Checks checks={all} names={gateNames} label="Gates of the attestation" />
      <section className="act-result svid" data-empty="true" aria-label="Result">
        <p className="svid-title">No X.509-SVID yet</p>
      </section>
    </div>
  )
}

interface AttestationViewProps {
  readonly attestation: AttestationArtifact
  readonly signature: SignatureArtifact | undefined
  /** The program that was started in place of the image's own. */
  readonly program: OtherProgramArtifact | undefined
}

/** The thread going down through the gates, to the SVID or to the gate where it is cut. The same places either way. */
export function AttestationView({ attestation, signature, program }: AttestationViewProps) {
  return (
    <div className="act-picture">
      <DigestSeal
        image={attestation.image}
        served={attestation.decision.imageDigest ?? 'no such image'}
        signature={signature}
        program={program}
      />
      <Checks checks={gatesWithDenial(attestation)} names={gateNames} label="Gates of the attestation" />
      <SvidCard attestation={attestation} />
    </div>
  )
}

/** The gate that failed shows the denial's text: it takes the whole story into account, with every remedy. */
const gatesWithDenial = ({ gates, denial }: AttestationArtifact) =>
  gates.map((gate) => (gate.id === denial?.gate ? { ...gate, ...denial } : gate))

interface DigestSealProps {
  readonly image: AttestationArtifact['image']
  /** A digest, or the reason why there is none. */
  readonly served: string
  readonly signature: SignatureArtifact | undefined
  readonly program: OtherProgramArtifact | undefined
}

/**
 * What runs, what the registry serves, what a person signed: three digest strips that are equal or not. If the image is
 * the signed one and its program is not, the programs are compared as well.
 */
function DigestSeal({ image, served, signature, program }: DigestSealProps) {
  const runs = image.digest ?? image.imageId
  const same = signature?.subject === runs
  return (
    <section className="act-part" aria-label="Digest seal">
      <DigestLine
        name="This container runs"
        digest={runs}
        copy={false}
        {...(image.digest === null ? { says: 'its image id: it has no digest' } : {})}
      />
      {served.startsWith('sha256:') ? (
        <DigestLine
          name="The registry serves"
          digest={served}
          copy={false}
          says={served === runs ? 'the same' : 'another image'}
        />
      ) : (
        <div className="digest-line">
          <span className="digest-name">The registry serves</span>
          <span className="digest-says quiet">{served}</span>
        </div>
      )}
      {signature === undefined ? (
        <div className="digest-line" data-tone="cut">
          <span className="digest-name">A person signed</span>
          <span className="digest-says">nothing</span>
        </div>
      ) : (
        <DigestLine
          name={`${shortSubject(signature.signer.subject)} signed`}
          digest={signature.subject}
          copy={false}
          tone={same ? 'thread' : 'cut'}
          says={same ? 'the same' : 'another image'}
        />
      )}
      {program === undefined ? null : (
        <>
          <DigestLine name="Its program, as signed" digest={program.built} copy={false} />
          <DigestLine name="The program started" digest={program.digest} copy={false} tone="cut" says="another one" />
        </>
      )}
    </section>
  )
}
