import type { MachineArtifact, SigstoreArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Checks } from '../../kit/facts/checks.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'

const checkNames = { disk: 'Disk', clock: 'Clock', containers: 'Containers' }

/** Preflight's results: the engine, and a check for everything that could stop the story later. */
export function MachineView({ machine }: { machine: MachineArtifact }) {
  const { engine } = machine
  return (
    <div className="act-picture">
      <Checks checks={machine.checks} names={checkNames} label="Checks of this machine" />
      <Facts>
        <Fact
          name="Container engine"
          note={engine.ours ? 'a private one of ours, stopped at the end' : 'it was here before us'}
        >
          <Value value={`${engine.name} ${engine.version}`} label="container engine" />
        </Fact>
        <Fact name="Its socket">
          <Value value={engine.socket} label="socket" copy />
        </Fact>
      </Facts>
    </div>
  )
}

/** The services, each with what it is for. */
export function SigstoreView({ sigstore }: { sigstore: SigstoreArtifact }) {
  return (
    <div className="act-picture">
      {sigstore.checks.length === 0 ? null : (
        <Checks checks={sigstore.checks} names={serviceCheckNames} label="Checks of the services" parallel />
      )}
      <Services sigstore={sigstore} />
    </div>
  )
}

/** What is checked before a Sigstore is used, as the window names it. */
export const serviceCheckNames = {
  'trusted root': 'Trusted root',
  login: 'Login',
  fulcio: 'Fulcio',
  'fulcio and login': 'Fulcio and login',
  rekor: 'Rekor',
  'timestamp authority': 'Timestamp',
  clock: 'Clock',
  registry: 'Registry',
  spire: 'SPIRE',
}

function Services({ sigstore }: { sigstore: SigstoreArtifact }) {
  const { signer, issuer } = sigstore
  return (
    <Facts>
      {sigstore.secondIssuer !== null ? null : (
        <Fact
          name="Expected signer"
          note={signer.issuer === issuer ? 'as the certificate will name them' : `issued by ${signer.issuer}`}
        >
          <Value value={signer.subject} label="expected signer" copy />
        </Fact>
      )}
      <Fact name="Login" note="says who a person is, with an ID token">
        <Value value={sigstore.issuer} label="login" copy />
      </Fact>
      {sigstore.secondIssuer === null ? null : (
        <Fact name="Another login" note="Fulcio trusts it as well; no entry requires it">
          <Value value={sigstore.secondIssuer} label="another login" copy />
        </Fact>
      )}
      <Fact name="Fulcio" note="certifies a key for that person, for minutes only">
        <Value value={sigstore.fulcio} label="Fulcio" copy />
      </Fact>
      {sigstore.ctLog === null ? null : (
        <Fact name="CT log" note="records each certificate that Fulcio gives">
          <Value value={sigstore.ctLog} label="CT log" copy />
        </Fact>
      )}
      {sigstore.timestampAuthority === null ? null : (
        <Fact name="Timestamp" note="signs what time it was">
          <Value value={sigstore.timestampAuthority} label="timestamp authority" copy />
        </Fact>
      )}
      <Fact name="Rekor" note="records that a signature was made">
        <Value value={sigstore.rekor} label="Rekor" copy />
      </Fact>
      <Fact name="Registry" note="keeps the image, and the signature beside it">
        <Value value={sigstore.registry} label="registry" copy />
      </Fact>
      <Fact name="Trusted root" note="the public keys of all of them: the only thing that is trusted">
        <Value value={sigstore.trustedRoot} label="trusted root" copy />
      </Fact>
    </Facts>
  )
}
