import { type SignerIdentity, sameSigner } from '../domain/identity.ts'
import type { SignatureArtifact, SigstoreArtifact } from './artifacts.ts'
import { expectedPersona, type Scenario } from './scenarios.ts'

/** Where the sandbox's build system would be, if there were more of it than its identity. */
export const buildAddress = 'https://build.sandbox.example'

const workflow = 'demo/hello/.build/release.yaml@refs/heads/main'

/** The one name in the build system's certificate: what it runs, and from which branch. */
export const buildSubject = `${buildAddress}/${workflow}`

/** The claims about a build, as the platforms that run builds name them (GitHub's are the model). */
export const buildClaims = {
  sub: 'repo:demo/hello:ref:refs/heads/main',
  repository: 'demo/hello',
  repository_id: '7',
  repository_owner: 'demo',
  repository_owner_id: '3',
  repository_visibility: 'private',
  ref: 'refs/heads/main',
  sha: 'b5e1d8c3a0f7426e9d14c7b2683f50a91e7d4c62',
  workflow_ref: workflow,
  workflow_sha: 'b5e1d8c3a0f7426e9d14c7b2683f50a91e7d4c62',
  job_workflow_ref: workflow,
  job_workflow_sha: 'b5e1d8c3a0f7426e9d14c7b2683f50a91e7d4c62',
  event_name: 'push',
  runner_environment: 'sandbox-hosted',
  run_attempt: '1',
} as const

/** The build system's own OIDC issuer. Fulcio writes other names into a certificate for it than for people. */
export const buildIssuer = (issuer: string): string => `${issuer}/ci`

/** The build system as its certificate names it; null without the sandbox, which alone has a second issuer. */
export const buildSigner = ({
  issuer,
  secondIssuer,
}: Pick<SigstoreArtifact, 'issuer' | 'secondIssuer'>): SignerIdentity | null =>
  secondIssuer === null ? null : { subject: buildSubject, issuer: buildIssuer(issuer) }

/**
 * The signer that verification and registration entry require: the expected person, or, if the sandbox's build system
 * signed in that person's place, the build system. Both are known before anything is signed. In a scenario in which
 * another person is to sign, it is always the expected person.
 */
export function expectedSigner(
  sigstore: Pick<SigstoreArtifact, 'issuer' | 'secondIssuer' | 'signer'>,
  signature: Pick<SignatureArtifact, 'signer'> | undefined,
  { signs }: Pick<Scenario, 'signs'>,
): SignerIdentity {
  const build = signs === expectedPersona ? buildSigner(sigstore) : null
  return build !== null && signature !== undefined && sameSigner(signature.signer, build) ? build : sigstore.signer
}
