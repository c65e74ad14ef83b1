import { useMemo } from 'react'
import type { SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { DigestLine } from '../../kit/digest/digest-line.tsx'
import { Knot } from '../../kit/digest/knot.tsx'
import { useTimes } from '../../kit/text/zone.tsx'
import { shortSubject } from '../../state/signer.ts'
import { promisedTime } from '../log-entry/facts.ts'
import './signature-view.css'

/**
 * The path of the signature: the login, Fulcio, the CT log, the timestamp authority, Rekor, each with what it recorded.
 */
export function SignatureView({ signature }: { signature: SignatureArtifact }) {
  const { signer, certificate, logEntry, timestamp, bundleJson } = signature
  const { timeOfDay } = useTimes()
  const promised = useMemo(() => promisedTime(bundleJson), [bundleJson])
  return (
    <div className="act-picture">
      <ol className="relay" aria-label="Who wrote it down">
        <Station name="Login" says="said who it is" value={signer.subject} shown={inRelay(signer.subject)} />
        <Station
          name="Fulcio"
          says="certified a key until"
          value={certificate.notAfter}
          shown={timeOfDay(certificate.notAfter)}
        />
        <Station name="CT log" says="promised to publish certificate" value={certificate.serial} />
        {timestamp === null ? null : (
          <Station name="Timestamp" says="saw the signature at" value={timestamp} shown={timeOfDay(timestamp)} />
        )}
        <Station name="Rekor" says="recorded it as entry" value={logEntry.logIndex} />
        {promised === null ? null : (
          <Station
            name="Rekor’s clock"
            says="promised that it took it at"
            value={promised}
            shown={timeOfDay(promised)}
          />
        )}
      </ol>
      <div className="act-part">
        <DigestLine name="What was signed" digest={signature.subject} tone="thread" says="the digest, not the name" />
      </div>
    </div>
  )
}

/** A mail address is broken after its @; a URI would be a column of pieces. */
const inRelay = (subject: string): string => (subject.includes('://') ? shortSubject(subject) : subject)

interface StationProps {
  readonly name: string
  readonly says: string
  readonly value: string
  readonly shown?: string
}

function Station({ name, says, value, shown }: StationProps) {
  return (
    <li className="station">
      <Knot shape="passed" />
      <span className="station-name">{name}</span>
      <span className="quiet small">{says}</span>
      <Value
        value={value}
        label={name}
        short={/^[0-9a-f]{32,}$/.test(value)}
        {...(shown === undefined ? {} : { shown })}
      />
    </li>
  )
}
