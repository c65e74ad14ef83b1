import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { expectedPersona, scenarios } from '../../../src/core/workflow/scenarios.ts'
import { isByBuildSystem } from '../../state/signer.ts'
import type { StepDefinition, WaitingProps } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { signatureSources } from '../sources.ts'
import { BrowserLoginView } from '../spire/waiting-view.tsx'
import { LoginView } from './login-view.tsx'
import { SignatureView } from './signature-view.tsx'
import { SignatureStory } from './story.tsx'

export const sign: StepDefinition = {
  title: 'Sign',
  effect: 'this writes to the logs',
  running: 'cosign signs the digest',
  waiting: ({ address }) =>
    address === null
      ? {
          headline: 'Who signs?',
          why: 'cosign has opened the login page and waits. Log in in its window, or here; Fulcio will issue a certificate for that name.',
        }
      : {
          headline: 'Log in in your browser',
          why: 'cosign has opened the login page and waits. Fulcio will issue a certificate for the name that logs in there.',
        },
  waitingView: Waiting,
  done: (run) => ({
    headline: 'Signed, and anyone can verify it',
    why: isByBuildSystem(run)
      ? 'A build system proved what it runs. Four parties recorded it, and none of them trusts the others.'
      : 'A person proved once who they are. Four parties recorded it, and none of them trusts the others.',
  }),
  terms: ['issuer', 'timestamp', 'bundle', 'referrer'],
  views: {
    story: viewOf('signature', (signature) => <SignatureStory signature={signature} />),
    engineer: viewOf('signature', (signature) => <SignatureView signature={signature} />),
    bytes: signatureSources,
  },
}

function Waiting({ run, step, now, onAnswerLogin }: WaitingProps) {
  if (run.profile.kind !== 'sandbox') {
    return <BrowserLoginView run={run} step={step} now={now} live={onAnswerLogin !== null} />
  }
  return (
    <LoginView
      until={step.status.state === 'waiting' ? step.status.until : null}
      now={now}
      expected={expectedPersona}
      signs={scenarios[run.scenario].signs ?? expectedPersona}
      at={loginOf(run)}
      onAnswer={onAnswerLogin}
    />
  )
}

/** The issuer whose login this story uses, and whether the registration entry names it. */
function loginOf(run: RunState): { readonly issuer: string; readonly expected: boolean } | null {
  const sigstore = artifactOf(run, 'sigstore')
  if (sigstore === undefined) return null
  const expected = scenarios[run.scenario].loginAt === 'issuer'
  return { issuer: expected || sigstore.secondIssuer === null ? sigstore.issuer : sigstore.secondIssuer, expected }
}
