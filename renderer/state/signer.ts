import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { shorten } from '../kit/text/text.ts'

/** Whether the signer's issuer differs from the one that the registration entry requires. */
export function isOtherIssuer(run: RunState): boolean {
  const signature = artifactOf(run, 'signature')
  return signature !== undefined && signature.signer.issuer === artifactOf(run, 'sigstore')?.secondIssuer
}

/** Whether the image that runs is in another repository than the one that the registration entry requires. */
export function isOtherRepository(run: RunState): boolean {
  const own = artifactOf(run, 'sigstore')?.repository
  const ran = artifactOf(run, 'attestation')?.image.repository ?? artifactOf(run, 'pushed-image')?.repository
  return own !== undefined && ran !== undefined && ran !== own
}

/**
 * A signer in short: for an address what is before the @, for a workflow or another URI the end of its path. What is
 * still long keeps its ends.
 */
export function shortSubject(subject: string): string {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/]*\/([^?#]*)/.exec(subject)?.[1]
  const word =
    path === undefined
      ? subject.split('@')[0]
      : path
          .split('@')[0]
          ?.split('/')
          .findLast((part) => part !== '')
  return shorten(word === undefined || word === '' ? subject : word, 8)
}
