import type { SignatureArtifact } from '../../src/core/workflow/artifacts.ts'
import { DigestLine } from '../ui/digest-line.tsx'
import { Knot } from '../ui/knot.tsx'
import { timeOfDay } from '../ui/text.ts'
import { Value } from '../ui/value.tsx'
import './signature-view.css'

/** Who passed it on to whom: the login, Fulcio, the CT log, the clock, Rekor, each with what it wrote down. */
export function SignatureView({ signature }: { signature: SignatureArtifact }) {
  const { signer, certificate, logEntry, timestamp } = signature
  return (
    <div className="act-picture">
      <ol className="relay" aria-label="Who wrote it down">
        <Station name="Login" says="said who it is" value={signer.subject} />
        <Station name="Fulcio" says="certified a key until" value={`${timeOfDay(certificate.notAfter)} UTC`} />
        <Station name="CT log" says="promised to publish certificate" value={certificate.serial} />
        {timestamp === null ? null : (
          <Station name="Timestamp" says="saw the signature at" value={`${timeOfDay(timestamp)} UTC`} />
        )}
        <Station name="Rekor" says="recorded it as entry" value={logEntry.logIndex} />
      </ol>
      <div className="act-part">
        <DigestLine name="What was signed" digest={signature.subject} tone="thread" says="the digest, not the name" />
      </div>
    </div>
  )
}

function Station({ name, says, value }: { name: string; says: string; value: string }) {
  return (
    <li className="station">
      <Knot shape="passed" />
      <span className="station-name">{name}</span>
      <span className="quiet small">{says}</span>
      <Value value={value} label={name} short={/^[0-9a-f]{32,}$/.test(value)} />
    </li>
  )
}
