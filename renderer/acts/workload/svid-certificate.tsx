import { useMemo } from 'react'
import { derOfPem } from '../../../src/core/domain/certificates/pem.ts'
import { readCertificate } from '../../../src/core/domain/certificates/x509.ts'
import { shownExtension } from '../../../src/core/domain/certificates/x509-extensions.ts'
import type { Svid } from '../../../src/core/domain/spiffe/svid.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { FoldedPart, Part } from '../../kit/facts/part.tsx'
import { useTimes } from '../../kit/text/zone.tsx'
import { ExtensionTable } from '../certificate/extension-table.tsx'

const read = (pem: string) => readCertificate(derOfPem(pem) ?? new Uint8Array())

/** The SVID as a certificate: its SPIFFE ID in two parts, its key, its extensions, and the CAs that it chains to. */
export function SvidCertificate({ svid }: { svid: Svid }) {
  const { whole } = useTimes()
  const leaf = useMemo(() => read(svid.chainPem[0] ?? ''), [svid.chainPem])
  const bundle = useMemo(
    () => svid.bundlePem.map(read).flatMap((each) => (each.ok ? [each.value] : [])),
    [svid.bundlePem],
  )
  if (!leaf.ok) return <p>{leaf.error.what}</p>
  const certificate = leaf.value
  const at = svid.spiffeId.indexOf('/', 'spiffe://'.length)
  return (
    <>
      <Part title="The certificate" from="workload">
        <Facts>
          <Fact name="Trust domain" note="whose CAs certify it">
            <Value value={svid.spiffeId.slice(0, at)} label="trust domain" />
          </Fact>
          <Fact name="Path" note="who it is there">
            <Value value={svid.spiffeId.slice(at)} label="path" />
          </Fact>
          <Fact name="Key" note={`${certificate.publicKey}; the private half is held by the workload, in memory`}>
            <Value value={certificate.publicKeyHash} label="SHA-256 of the key" short copy />
          </Fact>
          <Fact name="Subject" note="not used: the name is the URI">
            <Value value={certificate.subject} label="subject" />
          </Fact>
          <Fact name="Issuer">
            <Value value={certificate.issuer} label="issuer of the SVID" />
          </Fact>
          <Fact name="Serial number">
            <Value value={svid.serial} label="serial number" short copy />
          </Fact>
          <Fact name="Fingerprint">
            <Value value={certificate.fingerprint} label="fingerprint of the SVID" short copy />
          </Fact>
          {bundle.map(({ fingerprint, subject, notAfter }) => (
            <Fact key={fingerprint} name="Trust bundle" note={`${subject}, until ${whole(notAfter)}`}>
              <Value value={fingerprint} label="fingerprint of an authority" short />
            </Fact>
          ))}
        </Facts>
      </Part>
      <FoldedPart title={`Extensions (${certificate.extensions.length})`} from="workload">
        <ExtensionTable extensions={certificate.extensions.map(shownExtension)} />
      </FoldedPart>
    </>
  )
}
