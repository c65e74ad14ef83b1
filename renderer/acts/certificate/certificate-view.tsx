import { useMemo } from 'react'
import type { ShownExtension } from '../../../src/core/domain/certificates/x509-extensions.ts'
import type { SignatureArtifact, SigstoreArtifact, VerificationArtifact } from '../../../src/core/workflow/artifacts.ts'
import { TimeValue } from '../../kit/controls/time-value.tsx'
import { Value } from '../../kit/controls/value.tsx'
import { DigestLine } from '../../kit/digest/digest-line.tsx'
import { Ruler } from '../../kit/digest/ruler.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { ErrorBlock } from '../../kit/facts/error-block.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { FoldedPart, Part } from '../../kit/facts/part.tsx'
import { Foreign } from '../../kit/text/foreign.tsx'
import { seconds } from '../../kit/text/text.ts'
import { useTimes } from '../../kit/text/zone.tsx'
import { CtPromise } from './ct-promise.tsx'
import { ExtensionTable } from './extension-table.tsx'
import { type CertificateReport, certificateReport } from './facts.ts'

interface CertificateViewProps {
  readonly signature: SignatureArtifact
  readonly sigstore: SigstoreArtifact | undefined
  readonly verification: VerificationArtifact | undefined
  readonly now: string
}

/** Who signed, issued by whom, for how long; every name in the certificate; and the SCT. */
export function CertificateView({ signature, sigstore, verification, now }: CertificateViewProps) {
  const { signer, certificate, timestamp } = signature
  const report = useMemo(
    () => certificateReport(certificate.pem, sigstore?.trustedRootJson ?? '', verification?.ctLog ?? null),
    [certificate.pem, sigstore?.trustedRootJson, verification?.ctLog],
  )
  const { timeSpan } = useTimes()
  const expired = now > certificate.notAfter
  const moments = [
    ...(timestamp === null ? [] : [{ at: timestamp, label: 'signed' }]),
    { at: now, label: expired ? 'now, expired: it was valid when it signed' : 'now' },
  ]
  const life = Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)
  return (
    <div className="act-picture">
      <Facts>
        <Fact name="Who" note="the one name in the certificate" from="bundle">
          <Value value={signer.subject} label="who signed" copy />
        </Fact>
        <Fact name="Issued by" note="the OIDC provider that Fulcio trusted" from="bundle">
          <Value value={signer.issuer} label="issuer" copy />
        </Fact>
        <Fact name="For" note={timeSpan(certificate.notBefore, certificate.notAfter)}>
          {seconds(life)}, for code signing only
        </Fact>
      </Facts>
      <Ruler from={certificate.notBefore} to={certificate.notAfter} moments={moments} />
      {report.ok ? <Report report={report.value} /> : <ErrorBlock error={report.error} />}
    </div>
  )
}

const noBuildService = 'A person signed, so there is no build data. If a build service signs, it is shown here.'

function Report({ report }: { report: CertificateReport }) {
  const { certificate, chain } = report
  const { whole } = useTimes()
  return (
    <>
      <div className="act-part">
        <DigestLine name="Certificate" digest={certificate.fingerprint} says="SHA-256 of all its bytes" />
        <DigestLine name="Key" digest={certificate.publicKeyHash} says="used once; its other half is gone" />
      </div>
      <Part title="What Fulcio wrote into it" from="bundle">
        <Facts>
          <Group name="Who" extensions={report.who} empty="No one is named." />
          <Group name="How it was built" extensions={report.how} empty={noBuildService} />
          <Group name="From what source" extensions={report.source} empty={noBuildService} />
        </Facts>
        {report.old.length === 0 ? null : (
          <FoldedPart
            title={`Old copies (${report.old.length})`}
            why="Bare text, for verifiers that are older than the names above."
          >
            <ExtensionTable extensions={report.old} />
          </FoldedPart>
        )}
      </Part>
      <FromToken byBuild={report.how.length > 0} />
      <CtPromise scts={report.scts} kept={report.kept} />
      <Part title="What the specification asks" from="here">
        <Checks checks={report.checks} names={checkNames} label="What Fulcio’s specification asks" parallel />
      </Part>
      <FoldedPart title="Standard fields" from="bundle">
        <StandardFields report={report} />
      </FoldedPart>
      <FoldedPart title={`Standard extensions (${report.others.length})`} from="bundle">
        <ExtensionTable extensions={report.others} />
      </FoldedPart>
      <Part
        title="Chain"
        why="Each is signed by the next. The last one stands in the trusted root."
        from="trusted root"
      >
        <Facts>
          <Fact
            name="Leaf"
            note={`${certificate.publicKey}, ${whole(certificate.notBefore)} to ${whole(certificate.notAfter)}`}
          >
            <Value value={certificate.fingerprint} label="fingerprint of the leaf" short />
          </Fact>
          {chain.above.map((above, at) => (
            <Fact
              key={above.fingerprint}
              name={at === chain.above.length - 1 ? 'Root' : 'Intermediate'}
              note={`${above.publicKey}, until ${whole(above.notAfter)}`}
            >
              <Foreign text={above.subject} />
              <Value value={above.fingerprint} label={`fingerprint of ${above.subject}`} short />
            </Fact>
          ))}
          <Fact name="Trusted as">
            {chain.authority === null ? 'no entry of the trusted root' : chain.authority.name}
          </Fact>
        </Facts>
      </Part>
    </>
  )
}

const checkNames = {
  chain: 'Chain',
  subject: 'Subject',
  'one-san': 'One name',
  'san-critical': 'Criticality',
  'key-usage': 'Key usage',
  purpose: 'Purpose',
  lifetime: 'Lifetime',
  issuer: 'Issuer',
  sct: 'SCT',
}

interface GroupProps {
  readonly name: string
  readonly extensions: readonly ShownExtension[]
  readonly empty: string
}

function Group({ name, extensions, empty }: GroupProps) {
  return (
    <Fact name={name}>
      {extensions.length === 0 ? empty : null}
      {extensions.map(({ oid, name: field, text }) => (
        <span key={oid} className="fact-line">
          <Value value={text} label={field} />
          <span className="fact-note">
            {field}, {oid.startsWith('1.3') ? lastArc(oid) : oid}
          </span>
        </span>
      ))}
    </Fact>
  )
}

const lastArc = (oid: string): string => `.${oid.split('.').at(-1) ?? ''}`

/** What became of the claims that a person's or a build's token has of its own. */
const claimsOf = {
  person: [['email', 'Subject alternative name']],
  build: [
    ['the workflow that signs', 'Subject alternative name, and build signer, .9 and .10'],
    ['runner, trigger, run', 'How it was built, .11 and .18 to .21'],
    ['repository, commit, ref', 'From what source, .12 to .17 and .22'],
  ],
} as const

/** What became of the ID token's claims. A build system's token says much more than a person's. */
function FromToken({ byBuild }: { byBuild: boolean }) {
  return (
    <Part
      title={`From the ${byBuild ? 'build’s token' : 'login'} into the certificate`}
      why={
        byBuild
          ? 'No one logged in: the build’s platform stated what runs. Fulcio checked its token, and kept the claims about the build.'
          : 'Fulcio checked the login’s token, and kept three of its claims.'
      }
    >
      <Facts>
        <Claim claim="iss" became="Issuer, .1 and .8" />
        {claimsOf[byBuild ? 'build' : 'person'].map(([claim, became]) => (
          <Claim key={claim} claim={claim} became={became} />
        ))}
        <Claim claim="sub" became="Token subject, .24" />
        <Claim claim="aud, exp" became="checked, then dropped" />
      </Facts>
    </Part>
  )
}

function Claim({ claim, became }: { claim: string; became: string }) {
  return (
    <Fact name={claim}>
      <span aria-hidden="true">→</span>
      <span>{became}</span>
    </Fact>
  )
}

function StandardFields({ report: { certificate } }: { report: CertificateReport }) {
  return (
    <Facts>
      <Fact name="Version">{certificate.version}</Fact>
      <Fact name="Serial number" note="160 bits, by chance">
        <Value value={certificate.serial} label="serial number" copy />
      </Fact>
      <Fact name="Signature">{certificate.signatureAlgorithm}</Fact>
      <Fact name="Issuer">
        <Value value={certificate.issuer} label="issuer of the certificate" />
      </Fact>
      <Fact name="Subject" note="the signer’s name is an extension, so that it can have a kind">
        {certificate.subject === '' ? 'empty' : <Value value={certificate.subject} label="subject" />}
      </Fact>
      <Fact name="Not before">
        <TimeValue time={certificate.notBefore} label="not before" />
      </Fact>
      <Fact name="Not after">
        <TimeValue time={certificate.notAfter} label="not after" />
      </Fact>
      <Fact name="Public key" note={certificate.publicKey}>
        <Value value={certificate.publicKeyHash} label="SHA-256 of the key" short copy />
      </Fact>
    </Facts>
  )
}
