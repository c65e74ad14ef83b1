import type { AttestationArtifact } from '../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { steps } from '../../src/core/workflow/steps.ts'
import { shortHash } from '../kit/text/text.ts'
import { differsIn } from './signer.ts'
import { lower } from './words.ts'

/** Why a run was denied, in one or two sentences: from the gate that failed and what was found there, never from the scenario. */
export function denialWhy(run: RunState): string {
  const attestation = artifactOf(run, 'attestation')
  const denial = run.denial ?? attestation?.denial
  if (denial === null || denial === undefined) return steps.attest.explains
  const { gate, found } = denial
  switch (gate) {
    case 'registry':
      return `${sameName(run)}No registry that the attestor asks has these bytes.`
    case 'signature':
      return `${sameName(run)}${unsignedWhy(attestation)}`
    case 'launch':
      return `The image is the signed one. What was started is not what was signed${shortReason(found)}.`
    case 'entry':
      return entryWhy(run)
    case 'container':
    case 'image':
    case 'signer':
      return `The gate "${gate}" failed: ${found}.`
  }
}

function unsignedWhy(attestation: AttestationArtifact | undefined): string {
  const beside = attestation?.decision.rejectedBundles[0]
  return beside !== undefined
    ? `There is a signature beside it that does not count: ${lower(beside.reason)}`
    : `No one signed ${shortHash(attestation?.image.digest ?? '')}, so nothing says who made it.`
}

/** A long reason is shown at the gate itself, right below. */
const shortReason = (found: string): string => (found.length <= 60 ? `: ${found}` : '')

/** Stated only if it applies: another image runs under the name of the signed one. */
function sameName(run: RunState): string {
  const [signed, ran] = [artifactOf(run, 'pushed-image'), artifactOf(run, 'attestation')?.image]
  if (signed === undefined || ran === undefined || ran.digest === signed.digest) return ''
  const same = ran.repository === signed.repository && ran.tag === signed.tag
  return same ? 'It has the same name and tag as the signed image, but other bytes. ' : ''
}

/** The signature is valid, but signer or repository are not those that the registration entry requires. */
function entryWhy(run: RunState): string {
  const signer = artifactOf(run, 'signature')?.signer
  if (signer === undefined) return `The entry asks for something else: ${run.denial?.found ?? 'not known'}.`
  const valid = `${signer.subject} signed it, and the signature is valid.`
  switch (differsIn(run)) {
    case 'repository':
      return `${valid} But the entry names another repository: one signed image cannot take the place of another.`
    case 'issuer':
      return `The name is right, but issued by ${signer.issuer}. The entry requires another issuer.`
    case 'signer':
      return `${valid} The entry names another signer.`
  }
}
