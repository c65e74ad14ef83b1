import type { Check, Verdict } from '../../../src/core/domain/verdict.ts'
import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import { steps } from '../../../src/core/workflow/steps.ts'
import { isOtherIssuer } from '../../state/signer.ts'
import type { Headline } from '../../state/words.ts'
import type { StepDefinition } from '../definition.ts'
import { viewOf } from '../shown.tsx'
import { verificationSources } from '../sources.ts'
import { VerificationStory } from './story.tsx'
import { VerificationView } from './verification-view.tsx'

export const verify: StepDefinition = {
  title: 'Verify',
  effect: 'this only reads',
  running: 'Checking every proof',
  done: verifyHeadline,
  terms: ['signer'],
  views: {
    story: viewOf('verification', (verification) => <VerificationStory verification={verification} />),
    engineer: viewOf('verification', (verification) => <VerificationView verification={verification} />),
    bytes: verificationSources,
  },
}

function verifyHeadline(run: RunState): Headline {
  const verification = artifactOf(run, 'verification')
  const checks = verification?.checks ?? []
  const failed = checks.filter(({ verdict }) => verdict === 'failed')
  const first = failed.find(({ id }) => id === 'signer') ?? failed[0]
  if (verification === undefined || first === undefined) {
    const all = checks.every(({ verdict }) => verdict === 'passed')
    return all
      ? { headline: 'Every proof holds', why: steps.verify.explains }
      : { headline: 'No proof failed', why: `${steps.verify.explains} ${restOf(checks)}` }
  }
  const signer = artifactOf(run, 'signature')?.signer
  const bySigner = first.id === 'signer'
  // cosign is run with the expected signer, so a wrong signer makes it fail too.
  const sameReason = ({ id, found }: Check): boolean =>
    id === 'cosign' && signer !== undefined && [signer.subject, signer.issuer].some((name) => found.includes(name))
  const others = checks.filter((check) => check.id !== 'signer' && !(bySigner && sameReason(check)))
  const count = others.filter(({ verdict }) => verdict === 'failed').length
  if (!bySigner || count > 0) {
    const headline =
      failed.length === 1 ? `The check "${first.id}" failed` : `${count + (bySigner ? 1 : 0)} checks failed`
    const rest = restOf(checks.filter((check) => check !== first && !(bySigner && sameReason(check))))
    return { headline, why: `Expected: ${first.expected}. Found: ${first.found}. ${rest}` }
  }
  const cosignToo = checks.some((check) => check.verdict === 'failed' && sameReason(check))
  const rest = `${cosignToo ? 'cosign refuses it for that reason. ' : ''}${restOf(others)}`
  const expected = verification.expectedSigner
  return isOtherIssuer(run)
    ? {
        headline: 'Right signature, wrong issuer',
        why: `The signer is ${signer?.subject ?? 'unknown'}, as ${signer?.issuer ?? 'another issuer'} says. The expected issuer is ${expected.issuer}. ${rest}`,
      }
    : {
        headline: 'Right signature, wrong person',
        why: `${signer?.subject ?? 'Another person'} signed. ${expected.subject} was expected. ${rest}`,
      }
}

/** The results of the other checks, in a sentence. */
function restOf(others: readonly Check[]): string {
  const named = (words: string, verdicts: readonly Verdict[]): readonly string[] => {
    const ids = others.filter(({ verdict }) => verdicts.includes(verdict)).map(({ id }) => id)
    return ids.length === 0 ? [] : [`${words}: ${ids.join(', ')}.`]
  }
  const sentences = [
    ...named('Failed too', ['failed', 'not-present']),
    ...named('Could not be checked', ['could-not-check']),
    ...named('Not checked', ['not-checked']),
  ]
  return sentences.length === 0 ? 'Every other check passed.' : sentences.join(' ')
}
