import type { ArtifactKind } from './artifacts.ts'
import type { Profile } from './profile.ts'

export const stepIds = [
  'preflight',
  'sandbox',
  'connect',
  'build',
  'consent',
  'push',
  'sign',
  'verify',
  'tamper',
  'copy-signature',
  'impersonate',
  'borrow',
  'spire-server',
  'given-server',
  'spire-agent',
  'given-agent',
  'register',
  'attest',
] as const
export type StepId = (typeof stepIds)[number]

/** Programs that a session keeps running, as the steps depend on them. */
export type ServiceKind = 'engine' | 'sigstore' | 'registry' | 'spire-server' | 'spire-agent'

/** A step's own description. The plan, the step rail and the pictures come from this table. */
export interface StepDefinition {
  readonly id: StepId
  readonly title: string
  /** What happens and why, one sentence in the present tense. */
  readonly explains: string
  readonly needs: readonly ArtifactKind[]
  readonly gives: readonly ArtifactKind[]
  /** The programs of the session that have to run: while it is done it fails when one of them ends. */
  readonly uses: readonly ServiceKind[]
  readonly timeoutMs: number
  /** Only with profiles for which this is true. */
  readonly only?: (profile: Profile) => boolean
  /** Only in scenarios that add it. */
  readonly optional?: true
  /** Session steps run once per session; a later run shows them as reused. */
  readonly scope: 'session' | 'run'
}

const minute = 60_000

/** The steps of the story, in order. */
export const steps: Readonly<Record<StepId, StepDefinition>> = {
  preflight: {
    id: 'preflight',
    title: 'Check this machine',
    explains:
      'The container engine, the programs, the ports, the disk and the clock are checked before anything is made.',
    needs: [],
    gives: ['machine'],
    uses: ['engine'],
    timeoutMs: 2 * minute,
    scope: 'session',
  },
  sandbox: {
    id: 'sandbox',
    title: 'Start the private Sigstore',
    explains:
      'An OIDC provider, a CA, two transparency logs, a timestamp authority and a registry start on this machine.',
    needs: ['machine'],
    gives: ['sigstore'],
    uses: ['engine', 'sigstore', 'registry'],
    timeoutMs: minute,
    only: ({ kind }) => kind === 'sandbox',
    scope: 'session',
  },
  connect: {
    id: 'connect',
    title: 'Check the Sigstore',
    explains:
      'Checks that the services of this profile answer, belong together, and are those of the trusted root. Nothing is signed yet.',
    needs: ['machine'],
    gives: ['sigstore'],
    uses: ['engine'],
    timeoutMs: minute,
    only: ({ kind }) => kind === 'services',
    scope: 'session',
  },
  build: {
    id: 'build',
    title: 'Build the image',
    explains: 'Docker builds the demo workload with fresh content, so that its digest is new.',
    needs: ['machine', 'sigstore'],
    gives: ['built-image'],
    uses: ['engine'],
    timeoutMs: 2 * minute,
    scope: 'run',
  },
  consent: {
    id: 'consent',
    title: 'Agree to what becomes public',
    explains:
      'Until here everything stayed on this machine. Everyone can read what is pushed and signed from now on, and what a log records stays for ever.',
    needs: ['built-image', 'sigstore'],
    gives: ['consent'],
    uses: [],
    timeoutMs: 60 * minute,
    only: (profile) => profile.public,
    scope: 'run',
  },
  push: {
    id: 'push',
    title: 'Push the image',
    explains:
      'The registry stores the image and answers with the digest of its manifest: from here on the image has a permanent name.',
    needs: ['built-image'],
    gives: ['pushed-image'],
    uses: ['engine', 'registry'],
    timeoutMs: 2 * minute,
    scope: 'run',
  },
  sign: {
    id: 'sign',
    title: 'Sign the digest',
    explains:
      'A person logs in, or a build system brings its token; Fulcio certifies a key that lives for this one signature, and Rekor records that it was used.',
    needs: ['pushed-image', 'sigstore'],
    gives: ['signature'],
    uses: ['sigstore', 'registry'],
    timeoutMs: 4 * minute,
    scope: 'run',
  },
  verify: {
    id: 'verify',
    title: 'Verify the signature',
    explains:
      'cosign checks the signature against the expected signer, and every proof is recomputed here as a second opinion.',
    needs: ['signature', 'pushed-image', 'sigstore'],
    gives: ['verification'],
    uses: ['registry'],
    timeoutMs: minute,
    scope: 'run',
  },
  tamper: {
    id: 'tamper',
    title: 'Tamper with the image',
    explains: 'An attacker pushes other content under the same tag: the name stays, the digest does not.',
    needs: ['pushed-image'],
    gives: ['tampered-image'],
    uses: ['engine', 'registry'],
    timeoutMs: 2 * minute,
    scope: 'run',
    optional: true,
  },
  'copy-signature': {
    id: 'copy-signature',
    title: 'Copy the signature',
    explains: 'An attacker attaches the valid signature to the other image: a registry stores what it is given.',
    needs: ['signature', 'pushed-image', 'tampered-image'],
    gives: ['copied-signature'],
    uses: ['registry'],
    timeoutMs: minute,
    scope: 'run',
    optional: true,
  },
  impersonate: {
    id: 'impersonate',
    title: 'Build an impostor',
    explains: 'An attacker builds other content on this machine under the very same name and tag, and never pushes it.',
    needs: ['pushed-image'],
    gives: ['impostor-image'],
    uses: ['engine'],
    timeoutMs: 2 * minute,
    scope: 'run',
    optional: true,
  },
  borrow: {
    id: 'borrow',
    title: 'Bring another program',
    explains: 'An attacker replaces the program of the signed image, to mount the changed one over it when it starts.',
    needs: ['pushed-image'],
    gives: ['other-program'],
    uses: ['engine'],
    timeoutMs: minute,
    scope: 'run',
    optional: true,
  },
  'spire-server': {
    id: 'spire-server',
    title: 'Start the SPIRE server',
    explains: 'The server is the CA of the trust domain: it signs the SVIDs of workloads.',
    needs: ['machine'],
    gives: ['trust-domain'],
    uses: ['spire-server'],
    timeoutMs: minute,
    only: ({ spire }) => spire === 'ours',
    scope: 'session',
  },
  'given-server': {
    id: 'given-server',
    title: 'Check the SPIRE server',
    explains: 'A server that is already running is the CA of the trust domain; its trust bundle identifies it.',
    needs: ['machine'],
    gives: ['trust-domain'],
    uses: [],
    timeoutMs: minute,
    only: ({ spire }) => spire === 'server',
    scope: 'session',
  },
  'spire-agent': {
    id: 'spire-agent',
    title: 'Start the SPIRE agent',
    explains: 'The agent proves itself with a join token, loads our attestor, and answers workloads on this machine.',
    needs: ['trust-domain', 'sigstore'],
    gives: ['agent'],
    uses: ['spire-server', 'spire-agent'],
    timeoutMs: minute,
    only: ({ spire }) => spire !== 'agent',
    scope: 'session',
  },
  'given-agent': {
    id: 'given-agent',
    title: 'Check the SPIRE agent',
    explains:
      'An agent that is already running answers workloads on this machine; its operator has loaded our attestor.',
    needs: ['machine', 'sigstore'],
    gives: ['trust-domain', 'agent'],
    uses: [],
    timeoutMs: 60 * minute,
    only: ({ spire }) => spire === 'agent',
    scope: 'session',
  },
  register: {
    id: 'register',
    title: 'Register the workload',
    explains:
      'The entry says what earns this identity: who signed the image, in which repository it is, and that it runs as it was built.',
    needs: ['agent', 'pushed-image', 'sigstore', 'trust-domain'],
    gives: ['entry'],
    uses: ['spire-server', 'spire-agent'],
    // May wait for an operator.
    timeoutMs: 60 * minute,
    scope: 'run',
  },
  attest: {
    id: 'attest',
    title: 'Run the container and attest it',
    explains:
      'The workload asks for an identity; the attestor finds out, gate by gate, which image it runs and who signed it.',
    needs: ['entry', 'pushed-image', 'trust-domain'],
    gives: ['attestation'],
    uses: ['engine', 'registry', 'spire-server', 'spire-agent'],
    timeoutMs: minute,
    scope: 'run',
  },
}
