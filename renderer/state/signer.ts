import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { whatRuns } from '../../src/core/workflow/what-runs.ts'
import { maskedText } from '../kit/text/masking.ts'
import { shorten } from '../kit/text/text.ts'

/** Whether the signer's issuer differs from the one that the registration entry requires. */
export function isOtherIssuer(run: RunState): boolean {
  const signature = artifactOf(run, 'signature')
  return signature !== undefined && signature.signer.issuer === artifactOf(run, 'sigstore')?.secondIssuer
}

/** Whether a name in a certificate is that of something that runs, such as a build: a URI, not a mail address. */
export const isUri = (subject: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//.test(subject)

/** Whether a build system signed, not a person. */
export const isByBuildSystem = (run: RunState): boolean => isUri(artifactOf(run, 'signature')?.signer.subject ?? '')

/** In what a signed image differs from what the registration entry requires. */
export function differsIn(run: RunState): 'repository' | 'issuer' | 'signer' {
  const required = artifactOf(run, 'sigstore')?.repository
  const runs = whatRuns((kind) => artifactOf(run, kind))?.repository
  if (runs !== undefined && runs !== required) return 'repository'
  return isOtherIssuer(run) ? 'issuer' : 'signer'
}

/**
 * A signer in short: for an address what is before the @, for a workflow or another URI the end of its path. What is
 * still long keeps its ends.
 */
export function shortSubject(whole: string): string {
  const subject = maskedText(whole)
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
