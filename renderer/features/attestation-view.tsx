import type { AttestationArtifact, SignatureArtifact } from '../../src/core/workflow/artifacts.ts'
import { Checks } from '../ui/checks.tsx'
import { DigestLine } from '../ui/digest-line.tsx'
import { SvidCard } from './svid-card.tsx'

const gateNames = {
  container: 'Container',
  image: 'Image',
  registry: 'Registry',
  signature: 'Signature',
  signer: 'Signer',
  launch: 'Launch',
  entry: 'Entry',
}

interface AttestationViewProps {
  readonly attestation: AttestationArtifact
  readonly signature: SignatureArtifact | undefined
}

/** The thread going down through the gates, to the SVID or to the gate where it is cut. The same places either way. */
export function AttestationView({ attestation, signature }: AttestationViewProps) {
  return (
    <div className="act-picture">
      <DigestSeal attestation={attestation} signature={signature} />
      <Checks checks={gatesWithDenial(attestation)} names={gateNames} label="Gates of the attestation" />
      <SvidCard attestation={attestation} />
    </div>
  )
}

/** The gate that fell says what the denial says: it knows the whole story, and with it every way out. */
const gatesWithDenial = ({ gates, denial }: AttestationArtifact) =>
  gates.map((gate) => (gate.id === denial?.gate ? { ...gate, ...denial } : gate))

/** What runs, what the registry serves, what a person signed: three skylines that are one, or are not. */
export function DigestSeal({ attestation, signature }: AttestationViewProps) {
  const runs = attestation.image.digest
  const served = attestation.decision.imageDigest
  const same = signature?.subject === runs
  return (
    <section className="act-part" aria-label="Digest seal">
      <DigestLine name="This container runs" digest={runs} copy={false} />
      {served === null ? null : (
        <DigestLine
          name="The registry serves"
          digest={served}
          copy={false}
          says={served === runs ? 'the same' : 'another image'}
        />
      )}
      {signature === undefined ? (
        <div className="digest-line" data-tone="cut">
          <span className="digest-name">A person signed</span>
          <span className="digest-says">nothing</span>
        </div>
      ) : (
        <DigestLine
          name={`${signature.signer.subject.split('@')[0]} signed`}
          digest={signature.subject}
          copy={false}
          tone={same ? 'thread' : 'cut'}
          says={same ? 'the same' : 'another image'}
        />
      )}
    </section>
  )
}
