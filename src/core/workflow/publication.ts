import type { BuiltImageArtifact, SigstoreArtifact } from './artifacts.ts'
import { isSkipped, type RunState } from './reducer.ts'
import { expectedPersona, scenarios } from './scenarios.ts'

/** One public place, and what of this run will appear there. */
export interface Publication {
  readonly place: string
  /** Who keeps it, as an address. */
  readonly at: string
  /** Whether it cannot be removed, not even by the person who published it. */
  readonly forEver: boolean
  readonly fields: readonly {
    readonly name: string
    readonly value: string
    /** Whether it names a person. */
    readonly personal: boolean
  }[]
}

/** The signer of a run: the one that the registration entry requires, another one, or none. */
type Signs = 'expected' | 'another signer' | 'no one'

/** That of this run. */
export const signsIn = (run: RunState): Signs => {
  if (isSkipped(run, 'sign')) return 'no one'
  return scenarios[run.scenario].signs === expectedPersona ? 'expected' : 'another signer'
}

/**
 * What a run makes public, place by place, in the form in which it will appear there. Values that are not known yet are
 * described in words.
 */
export function publicationsOf(sigstore: SigstoreArtifact, image: BuiltImageArtifact, signs: Signs): Publication[] {
  const { signer, registry, fulcio, rekor, timestampAuthority } = sigstore
  const pushed: Publication = {
    place: 'Registry',
    at: registry,
    forEver: false,
    fields: [
      field('Image', `${image.repository}:${image.tag}`),
      field('Content', 'the demo program and a note with the time of the build'),
    ],
  }
  if (signs === 'no one') return [pushed]
  const who = {
    name: 'Subject Alternative Name',
    value: signs === 'expected' ? signer.subject : 'the name of the person who logs in',
    personal: true,
  }
  const certificate: Publication = {
    place: 'Certificate, in the CT log',
    at: fulcio,
    forEver: true,
    fields: [
      who,
      field('Issuer of the identity', signer.issuer),
      field('Valid', 'ten minutes from the login'),
      field('Public key', 'made for this one signature'),
    ],
  }
  const entry: Publication = {
    place: 'Entry, in the transparency log',
    at: rekor,
    forEver: true,
    fields: [
      field('Kind', sigstore.rekorVersion === 1 ? 'dsse 0.0.1' : 'hashedrekord 0.0.2'),
      field('Certificate', 'that certificate, with the name in it'),
      { ...who, name: 'Found by' },
      field('Signs', `the digest that ${registry} gives the image`),
      ...(timestampAuthority === null ? [field('Time', 'when it was recorded')] : []),
    ],
  }
  return [pushed, certificate, entry]
}

const field = (name: string, value: string) => ({ name, value, personal: false })
