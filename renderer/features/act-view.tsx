import type { ReactNode } from 'react'
import type { ServiceRow } from '../../src/core/contract/changes.ts'
import { assertNever } from '../../src/core/domain/result.ts'
import { type Publication, publicationsOf, signsIn } from '../../src/core/workflow/publication.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { expectedPersona, scenarios } from '../../src/core/workflow/scenarios.ts'
import { whatRuns } from '../../src/core/workflow/what-runs.ts'
import { type Act, type ActId, stepOf } from '../state/acts.ts'
import { ErrorBlock } from '../ui/error-block.tsx'
import { ProgressLine } from '../ui/progress.tsx'
import { CopiedSignatureView, ImpostorView, OtherProgramView } from './attack-view.tsx'
import { AttestationView, AttestingView } from './attestation-view.tsx'
import { CertificateView } from './certificate-view.tsx'
import { ConsentView } from './consent-view.tsx'
import { IdentityView } from './identity-view.tsx'
import { BuiltView, PushedView, TamperedView } from './image-view.tsx'
import { LogEntryView } from './log-entry-view.tsx'
import { type LoginAnswer, LoginView } from './login-view.tsx'
import { MachineView, SigstoreView } from './machine-view.tsx'
import { ServicesView } from './services-view.tsx'
import { SignatureView } from './signature-view.tsx'
import { AgentView, EntryView, ServerView } from './spire-view.tsx'
import { TrustMap } from './trust-map.tsx'
import { VerificationView } from './verification-view.tsx'
import { AgentConfigurationView, BrowserLoginView, OperatorView } from './waiting-view.tsx'
import './acts.css'

interface ActViewProps {
  readonly run: RunState
  readonly act: Act
  /** The services of the live session; none in a replay. */
  readonly services: readonly ServiceRow[]
  /** ISO 8601. */
  readonly now: string
  /** Null where nobody can log in: what is shown has happened. */
  readonly onAnswerLogin: LoginAnswer | null
  /** Null where nobody is asked. */
  readonly onUseSandbox: (() => void) | null
  readonly onShow: (act: ActId) => void
}

/** The picture and the result of one act. */
export function ActView(props: ActViewProps) {
  const { run, act, services, now, onShow } = props
  if (act.id === 'map') return <TrustMap run={run} onShow={onShow} />
  const { status } = stepOf(run, act)
  switch (status.state) {
    case 'running':
      return act.step === 'attest' ? <Attesting run={run} act={act} /> : <ProgressLine progress={status.progress} />
    case 'waiting':
      return <Waiting {...props} />
    case 'failed':
      return (
        <>
          <ErrorBlock error={status.error} />
          {stepOf(run, act).gates.length > 0 ? <Attesting run={run} act={act} /> : null}
        </>
      )
    case 'passed':
    case 'refused':
    case 'reused':
      return (
        <>
          {pictures[act.id]({ run, now })}
          <ServicesView services={services.filter(({ step }) => step === act.id)} />
        </>
      )
    case 'cancelling':
      return act.step === 'attest' ? <Attesting run={run} act={act} /> : <Empty />
    case 'blocked':
    case 'ready':
    case 'cancelled':
    case 'skipped':
      return <Empty />
    case 'stale':
      return (
        <div className="act-stale">
          <p className="act-stale-word">stale, from before</p>
          {pictures[act.id]({ run, now })}
        </div>
      )
    default:
      return assertNever(status, 'state')
  }
}

/** What a step needs to be told of that waits for a person. */
function Waiting({ run, act, now, onAnswerLogin, onUseSandbox }: ActViewProps) {
  const step = stepOf(run, act)
  const shared = { run, step, now: Date.parse(now), live: onAnswerLogin !== null }
  if (act.step === 'consent')
    return <ConsentView publications={publications(run)} agreedAt={null} onUseSandbox={onUseSandbox} />
  if (act.step === 'register') return <OperatorView {...shared} />
  if (act.step === 'given-agent') return <AgentConfigurationView {...shared} />
  if (act.step !== 'sign') return null
  if (run.profile.kind !== 'sandbox') return <BrowserLoginView {...shared} />
  return (
    <LoginView
      until={step.status.state === 'waiting' ? step.status.until : null}
      now={shared.now}
      expected={expectedPersona}
      signs={scenarios[run.scenario].signs ?? expectedPersona}
      at={loginOf(run)}
      onAnswer={onAnswerLogin}
    />
  )
}

/** What the run makes public, as far as it is known. */
function publications(run: RunState): readonly Publication[] {
  const [sigstore, image] = [artifactOf(run, 'sigstore'), artifactOf(run, 'built-image')]
  return sigstore === undefined || image === undefined ? [] : publicationsOf(sigstore, image, signsIn(run))
}

function Attesting({ run, act }: Pick<ActViewProps, 'run' | 'act'>) {
  return (
    <AttestingView
      gates={stepOf(run, act).gates}
      image={whatRuns((kind) => artifactOf(run, kind))}
      signature={artifactOf(run, 'signature')}
      program={artifactOf(run, 'other-program')}
    />
  )
}

/** Where the login of this story is, and whether the registration entry asks for its word. */
function loginOf(run: RunState): { readonly issuer: string; readonly expected: boolean } | null {
  const sigstore = artifactOf(run, 'sigstore')
  if (sigstore === undefined) return null
  const expected = scenarios[run.scenario].loginAt === 'issuer'
  return { issuer: expected || sigstore.secondIssuer === null ? sigstore.issuer : sigstore.secondIssuer, expected }
}

/** The place where a result will be. */
function Empty() {
  return <div className="act-result act-empty" data-empty="true" aria-hidden="true" />
}

interface PictureProps {
  readonly run: RunState
  readonly now: string
}

/** What each act shows once it is done. */
const pictures: Readonly<Record<ActId, (props: PictureProps) => ReactNode>> = {
  // Drawn in every state of the run, elsewhere.
  map: () => <Empty />,
  preflight: ({ run }) => shown(artifactOf(run, 'machine'), (machine) => <MachineView machine={machine} />),
  sandbox: ({ run }) => shown(artifactOf(run, 'sigstore'), (sigstore) => <SigstoreView sigstore={sigstore} />),
  connect: ({ run }) => shown(artifactOf(run, 'sigstore'), (sigstore) => <SigstoreView sigstore={sigstore} />),
  build: ({ run }) => shown(artifactOf(run, 'built-image'), (image) => <BuiltView image={image} />),
  push: ({ run }) => shown(artifactOf(run, 'pushed-image'), (image) => <PushedView image={image} />),
  sign: ({ run }) => shown(artifactOf(run, 'signature'), (found) => <SignatureView signature={found} />),
  certificate: ({ run, now }) =>
    shown(artifactOf(run, 'signature'), (found) => (
      <CertificateView
        signature={found}
        sigstore={artifactOf(run, 'sigstore')}
        verification={artifactOf(run, 'verification')}
        now={now}
      />
    )),
  'log-entry': ({ run }) =>
    shown(artifactOf(run, 'signature'), (found) => (
      <LogEntryView
        signature={found}
        sigstore={artifactOf(run, 'sigstore')}
        digest={signedImage(run, found.subject)?.digest ?? null}
      />
    )),
  verify: ({ run }) => shown(artifactOf(run, 'verification'), (found) => <VerificationView verification={found} />),
  attest: ({ run }) =>
    shown(artifactOf(run, 'attestation'), (found) => (
      <AttestationView
        attestation={found}
        signature={artifactOf(run, 'signature')}
        program={artifactOf(run, 'other-program')}
      />
    )),
  identity: ({ run, now }) =>
    shown(artifactOf(run, 'attestation'), (found) => (
      <IdentityView
        attestation={found}
        entry={artifactOf(run, 'entry')}
        signature={artifactOf(run, 'signature')}
        now={now}
      />
    )),
  consent: ({ run }) =>
    shown(artifactOf(run, 'consent'), ({ at }) => (
      <ConsentView publications={publications(run)} agreedAt={at} onUseSandbox={null} />
    )),
  tamper: ({ run }) =>
    shown(artifactOf(run, 'tampered-image'), (image) => (
      <TamperedView before={artifactOf(run, 'pushed-image')} after={image} />
    )),
  'copy-signature': ({ run }) =>
    shown(artifactOf(run, 'copied-signature'), (copied) => <CopiedSignatureView copied={copied} />),
  impersonate: ({ run }) =>
    shown(artifactOf(run, 'impostor-image'), (image) => (
      <ImpostorView signed={artifactOf(run, 'pushed-image')} impostor={image} />
    )),
  borrow: ({ run }) => shown(artifactOf(run, 'other-program'), (program) => <OtherProgramView program={program} />),
  'spire-server': ({ run }) => shown(artifactOf(run, 'trust-domain'), (domain) => <ServerView domain={domain} />),
  'given-server': ({ run }) => shown(artifactOf(run, 'trust-domain'), (domain) => <ServerView domain={domain} />),
  'spire-agent': ({ run }) => shown(artifactOf(run, 'agent'), (agent) => <AgentView agent={agent} />),
  'given-agent': ({ run }) => shown(artifactOf(run, 'agent'), (agent) => <AgentView agent={agent} />),
  register: ({ run }) => shown(artifactOf(run, 'entry'), (entry) => <EntryView entry={entry} />),
}

/** The image that was signed: whichever of the two the registry has under this digest; else the one that was pushed. */
const signedImage = (run: RunState, subject: string) => {
  const images = [artifactOf(run, 'pushed-image'), artifactOf(run, 'tampered-image')]
  return images.find((image) => image?.digest === subject) ?? images[0]
}

const shown = <A,>(artifact: A | undefined, draw: (artifact: A) => ReactNode): ReactNode =>
  artifact === undefined ? <Empty /> : draw(artifact)
