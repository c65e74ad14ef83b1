import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'

/** Whether another issuer vouched for the signer than the registration entry asks for. */
export function isOtherIssuer(run: RunState): boolean {
  const signature = artifactOf(run, 'signature')
  return signature !== undefined && signature.signer.issuer === artifactOf(run, 'sigstore')?.secondIssuer
}
