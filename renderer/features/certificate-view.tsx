import { bytesOfBase64 } from '../../src/core/domain/bundle-encoding.ts'
import { readFulcioCertificate } from '../../src/core/domain/certificate.ts'
import type { SignatureArtifact } from '../../src/core/workflow/artifacts.ts'
import { DigestLine } from '../ui/digest-line.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { Ruler } from '../ui/ruler.tsx'
import { Value } from '../ui/value.tsx'

/** Who signed, vouched for by whom, for how long; then every name that Fulcio wrote into the certificate. */
export function CertificateView({ signature, now }: { signature: SignatureArtifact; now: string }) {
  const { signer, certificate, timestamp } = signature
  const read = certificateOf(certificate.pem)
  const moments = [
    ...(timestamp === null ? [] : [{ at: timestamp, label: 'signed' }]),
    { at: now, label: now > certificate.notAfter ? 'now, expired: it was valid when it signed' : 'now' },
  ]
  return (
    <div className="act-picture">
      <Facts>
        <Fact name="Who" note="the one name in the certificate">
          <Value value={signer.subject} label="who signed" copy />
        </Fact>
        <Fact name="Vouched for by" note="the login that Fulcio believed">
          <Value value={signer.issuer} label="issuer" copy />
        </Fact>
      </Facts>
      <Ruler from={certificate.notBefore} to={certificate.notAfter} moments={moments} />
      <div className="act-part">
        <DigestLine name="Certificate" digest={certificate.fingerprint} says="SHA-256 of all its bytes" />
        {read === undefined ? null : (
          <DigestLine name="Key" digest={read.publicKeyHash} says="used once; its other half is gone" />
        )}
      </div>
      <Facts>
        <Fact name="Serial number">
          <Value value={certificate.serial} label="serial number" copy />
        </Fact>
        {(read?.extensions ?? []).map(({ oid, name, value }) => (
          <Fact key={oid} name={name} note={oid}>
            <Value value={value} label={name} />
          </Fact>
        ))}
        <Fact name="Build data">A person signed, so there is none. A build service would stand here.</Fact>
      </Facts>
    </div>
  )
}

function certificateOf(pem: string) {
  const der = bytesOfBase64(pem.replace(/-----[A-Z ]+-----|\s/g, ''))
  const read = der === undefined ? undefined : readFulcioCertificate(der)
  return read?.ok === true ? read.value : undefined
}
