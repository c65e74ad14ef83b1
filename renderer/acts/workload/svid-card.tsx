import type { AttestationArtifact } from '../../../src/core/workflow/artifacts.ts'
import { ValueText } from '../../kit/controls/value-text.tsx'
import { DigestStrip } from '../../kit/digest/digest-strip.tsx'
import { seconds, visible } from '../../kit/text/text.ts'
import './svid-card.css'

/** The identity in its socket, or the empty socket. */
export function SvidCard({ attestation }: { attestation: AttestationArtifact }) {
  const { svid, workloadAnswer, image } = attestation
  if (svid === null) {
    return (
      <section className="act-result svid svid-none" data-empty="true" aria-label="Result">
        <p className="svid-title">No X.509-SVID</p>
        <p className="mono svid-answer">
          {visible(workloadAnswer.code)}: {visible(workloadAnswer.text)}
        </p>
      </section>
    )
  }
  const life = Date.parse(svid.notAfter) - Date.parse(svid.notBefore)
  return (
    <section className="act-result svid" aria-label="Result">
      <div className="svid-words">
        <h2>X.509-SVID, held by the workload in memory</h2>
        <p className="svid-id mono">
          <SpiffeId id={svid.spiffeId} />
        </p>
        <dl className="svid-facts">
          <div>
            <dt>valid for</dt>
            <dd>{seconds(life)}</dd>
          </div>
          <div>
            <dt>renews after about</dt>
            <dd>{seconds(life / 2)}</dd>
          </div>
          <div>
            <dt>chain</dt>
            <dd>ends in the trust bundle</dd>
          </div>
        </dl>
      </div>
      <DigestStrip digest={image.digest ?? image.imageId} tone="ink" />
    </section>
  )
}

/** A SPIFFE ID with its trust domain subdued and its path emphasized. Pressing it highlights it wherever it occurs. */
function SpiffeId({ id }: { id: string }) {
  const at = id.indexOf('/', 'spiffe://'.length)
  return (
    <ValueText value={id} label="SPIFFE ID">
      <span className="quiet">{visible(at < 0 ? id : id.slice(0, at))}</span>
      {at < 0 ? null : visible(id.slice(at))}
    </ValueText>
  )
}
