import type { Artifact } from '../../src/core/workflow/artifacts.ts'
import type { EventBody, RunEvent } from '../../src/core/workflow/events.ts'
import { planFor } from '../../src/core/workflow/plan.ts'
import type { Profile } from '../../src/core/workflow/profile.ts'
import { scenarios } from '../../src/core/workflow/scenarios.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'

/** Existing services, as profiles describe them. */
export const serviceProfiles = {
  public: { name: 'public', title: 'Public Sigstore', kind: 'services', public: true, spire: 'ours' },
  acme: { name: 'acme', title: 'Acme', kind: 'services', public: false, spire: 'ours' },
  server: { name: 'acme-server', title: 'Acme, with its server', kind: 'services', public: false, spire: 'server' },
  agent: {
    name: 'acme-agent',
    title: 'The Sigstore of Acme International, with its own SPIRE agent',
    kind: 'services',
    public: false,
    spire: 'agent',
  },
} as const satisfies Readonly<Record<string, Profile>>

const subject = 'ada.lovelace-of-the-analytical-engines@engineering.acme-international.example'
export const loginAddress = `https://oauth2.sigstore.dev/auth/auth?access_type=online&client_id=sigstore&code_challenge=wqhLUPDFXvJCzAtYxZZHUlMWqoTwbUiqm7Q5NX2sJ5g&code_challenge_method=S256&nonce=2vLkbBYAGnfnG6gZ9tGbR0XVJGz&redirect_uri=http%3A%2F%2Flocalhost%3A38427%2Fauth%2Fcallback&response_type=code&scope=openid+email&state=2vLkbGyu6fVgmLY8GcLKJxbMF6z`

const found = (id: string, text: string) =>
  ({ id, verdict: 'passed', expected: 'a service of the profile', found: text }) as const

function sigstoreWith({ public: isPublic, spire }: Profile) {
  const host = isPublic ? 'sigstore.dev' : 'sigstore.acme-international.example'
  return {
    registry: isPublic ? 'docker.io' : 'registry.acme-international.example:5443',
    repository: isPublic
      ? 'docker.io/ada/sigstore-attestor-hello'
      : 'registry.acme-international.example:5443/team/hello',
    issuer: isPublic ? 'https://oauth2.sigstore.dev/auth' : 'https://login.acme-international.example',
    secondIssuer: null,
    signer: {
      issuer: isPublic ? 'https://github.com/login/oauth' : 'https://login.acme-international.example',
      subject,
    },
    fulcio: `https://fulcio.${host}`,
    rekor: `https://rekor.${host}`,
    rekorVersion: isPublic ? 1 : 2,
    timestampAuthority: `https://timestamp.${host}/api/v1/timestamp`,
    ctLog: null,
    secondSigningConfig: null,
    rekorTiles: null,
    ctTiles: null,
    checks: [
      found('trusted root', 'certificate authorities: 1; CT logs: 1; transparency logs: 1; timestamp authorities: 1'),
      found('login', 'it calls itself so'),
      found('rekor', 'its key is one of the trusted root'),
      {
        id: 'timestamp authority',
        verdict: 'not-checked',
        expected: 'an authority of the trusted root',
        found: 'it says nothing without a request',
      } as const,
      found('clock', '0.4 s'),
      found('registry', 'it lets the repository be read'),
      found('spire', spire === 'ours' ? 'a server and an agent of ours' : 'it takes connections'),
    ],
  } as const
}

function artifactWith(artifact: Artifact, profile: Profile): Artifact {
  const ours = profile.spire === 'ours'
  const theirs = profile.spire === 'agent'
  const { kind } = artifact
  if (kind === 'sigstore') return { ...artifact, ...sigstoreWith(profile) }
  if (kind === 'built-image') return { ...artifact, repository: sigstoreWith(profile).repository }
  if (kind === 'trust-domain' && !ours) return { ...artifact, serverVersion: null }
  if (kind === 'agent' && theirs) return { ...artifact, agentId: null, agentVersion: null }
  if (kind !== 'entry' || ours) return artifact
  return { ...artifact, entryId: null, knownToAgentAt: theirs ? null : artifact.knownToAgentAt }
}

const consent: readonly EventBody[] = [
  { type: 'step.started', step: 'consent' },
  { type: 'step.waited', step: 'consent', what: 'an answer to what becomes public', until: null },
  { type: 'step.resumed', step: 'consent' },
  { type: 'step.produced', step: 'consent', artifact: { kind: 'consent', at: '2026-11-21T12:00:00.000Z' } },
  { type: 'step.passed', step: 'consent' },
]

const operator: readonly EventBody[] = [
  {
    type: 'step.waited',
    step: 'register',
    what: 'the operator of the SPIRE server, who registers the workload',
    until: null,
  },
  { type: 'step.resumed', step: 'register' },
]

const loading: readonly EventBody[] = [
  {
    type: 'step.noted',
    step: 'given-agent',
    text: 'The agent’s operator loads the attestor under the name "sigstore".',
  },
  {
    type: 'step.noted',
    step: 'given-agent',
    text: JSON.stringify(
      {
        engineSocket: '/var/run/docker.sock',
        registries: [{ host: 'registry.acme-international.example:5443' }],
        trustedRoot: '/home/engineer/.local/state/sigstore-attestor/session/connection/trusted_root.json',
        cosign: { path: '/home/engineer/.cache/sigstore-attestor/tools/cosign-3.1.2/cosign' },
        records: '/var/lib/sigstore-attestor/records',
        progress: true,
      },
      null,
      2,
    ),
  },
  { type: 'step.waited', step: 'given-agent', what: 'the operator of the agent: is the attestor loaded?', until: null },
  { type: 'step.resumed', step: 'given-agent' },
]

/**
 * A recorded run as it would have been with existing services: the same events, with the steps that such a profile has
 * instead of the sandbox's, and what they wait for. Only the signature stays the sandbox's.
 */
export function recordedWith(events: readonly RunEvent[], profile: Profile): readonly RunEvent[] {
  const renamed: Readonly<Partial<Record<StepId, StepId>>> = {
    sandbox: 'connect',
    ...(profile.spire === 'ours' ? {} : { 'spire-server': 'given-server' }),
    ...(profile.spire === 'agent' ? { 'spire-agent': 'given-agent' } : {}),
  }
  const domain = events.find((event) => event.type === 'step.produced' && event.artifact.kind === 'trust-domain')
  const rewritten = events.flatMap((event): readonly (EventBody & { at: string })[] => {
    const { at } = event
    const dated = (more: readonly EventBody[]) => more.map((each) => ({ ...each, at }))
    if (event.type === 'run.planned') return [{ ...event, profile, steps: planFor(scenarios[event.scenario], profile) }]
    if (!('step' in event)) return [event]
    // An existing agent reports its server as well.
    if (event.step === 'spire-server' && profile.spire === 'agent') return []
    const step = renamed[event.step] ?? event.step
    if (event.type === 'step.command-ran' && step !== event.step) return []
    if (event.type === 'step.waited' && step === 'sign')
      return [{ ...event, what: `the login of ${subject}`, address: loginAddress }]
    const passed = event.type === 'step.passed'
    if (passed && step === 'build' && profile.public) return [event, ...dated(consent)]
    if (event.type === 'step.produced') {
      const produced = { ...event, step, artifact: artifactWith(event.artifact, profile) }
      if (step === 'register' && profile.spire !== 'ours') return [...dated(operator), produced]
      if (step !== 'given-agent') return [produced]
      const domains =
        domain?.type === 'step.produced'
          ? [{ ...domain, at, step, artifact: artifactWith(domain.artifact, profile) }]
          : []
      return [...dated(loading), ...domains, produced]
    }
    return [{ ...event, step }]
  })
  const runId = `${events[0]?.runId}-${profile.name}`
  return rewritten.map((event, index) => ({ ...event, seq: index + 1, runId }))
}
