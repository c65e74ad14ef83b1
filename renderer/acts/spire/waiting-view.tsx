import type { SigstoreArtifact } from '../../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState, type StepView } from '../../../src/core/workflow/reducer.ts'
import { expectedPersona, scenarios } from '../../../src/core/workflow/scenarios.ts'
import { Value } from '../../kit/controls/value.tsx'
import { Fact, Facts } from '../../kit/facts/facts.tsx'
import { Part } from '../../kit/facts/part.tsx'
import { commandLines, minutes } from '../../kit/text/text.ts'
import { TextBlock } from '../../kit/text/text-block.tsx'

interface WaitingViewProps {
  readonly run: RunState
  readonly step: StepView
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whether it is live; a recording asks for no answer. */
  readonly live: boolean
}

/** The login in the person's own browser: which page it shows, for whom, until when, and its address if none opened. */
export function BrowserLoginView({ run, step, now, live }: WaitingViewProps) {
  const sigstore = artifactOf(run, 'sigstore')
  if (step.status.state !== 'waiting') return null
  const { address, until } = step.status
  const left = until === null ? null : Math.max(0, Date.parse(until) - now)
  return (
    <div className="act-picture">
      <Facts>
        {sigstore === undefined ? null : <LoginFacts run={run} sigstore={sigstore} />}
        {left === null || !live ? null : <Fact name="Open for">{minutes(left)} more</Fact>}
      </Facts>
      {address === null || !live ? null : (
        <Part
          title="No page opened?"
          why="Open this address in a browser of this machine: the answer comes back to it. It is good for this one login."
        >
          <TextBlock text={address} label="the address of the login" />
        </Part>
      )}
    </div>
  )
}

function LoginFacts({ run, sigstore }: { run: RunState; sigstore: SigstoreArtifact }) {
  const { issuer, signer } = sigstore
  const signs = scenarios[run.scenario].signs === expectedPersona
  return (
    <>
      <Fact name="It shows" note="the login of this Sigstore">
        <Value value={issuer} label="login" copy />
      </Fact>
      <Fact
        name={signs ? 'Log in as' : 'Log in as anyone but'}
        note={signs ? 'the registration entry will require this person' : 'the registration entry will require them'}
      >
        <Value value={signer.subject} label="signer" />
      </Fact>
      {signer.issuer === issuer ? null : (
        <Fact name="Issued by" note="choose this one where the page offers several">
          <Value value={signer.issuer} label="issuer" />
        </Fact>
      )}
    </>
  )
}

/** What the operator of a SPIRE server that is not ours has to run. */
export function OperatorView({ run, step, live }: WaitingViewProps) {
  const command = step.commands.at(-1)
  const entriesVisible = run.profile.spire !== 'agent'
  return (
    <div className="act-picture">
      {command === undefined ? null : (
        <Part title="To be run where the SPIRE server is">
          <TextBlock text={commandLines(command.argv)} label="the command" />
        </Part>
      )}
      {live ? (
        <p>
          {entriesVisible
            ? 'Nothing has to be pressed here: the story goes on as soon as the agent knows the entry, some seconds after.'
            : 'This agent does not report which entries it knows. Confirm here once it is done.'}
        </p>
      ) : null}
    </div>
  )
}

/** What the operator of an agent that is not ours has to load. */
export function AgentConfigurationView({ step, live }: WaitingViewProps) {
  const configuration = step.notes.at(-1)
  return (
    <div className="act-picture">
      <Facts>
        <Fact name="Its name in agent.conf" note="the type of its selectors">
          <Value value="sigstore" label="name of the plugin" copy />
        </Fact>
        <Fact name="How it is installed">docs/attestor.md says it step by step</Fact>
      </Facts>
      {configuration === undefined ? null : (
        <Part title="For the file that plugin_data_file names">
          <TextBlock text={configuration.trimEnd()} label="the configuration" />
        </Part>
      )}
      {live ? <p>Confirm here once the agent runs with it, or cancel the run.</p> : null}
    </div>
  )
}
