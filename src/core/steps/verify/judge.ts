import { type AppError, appError } from '../../domain/app-error.ts'
import type { Check } from '../../domain/verdict.ts'
import type { Denial } from '../../workflow/artifacts.ts'

type Judgement =
  | { readonly kind: 'refused'; readonly denial: Denial }
  | { readonly kind: 'failed'; readonly error: AppError }

/**
 * The result of the checks. Undefined when all passed. A check that could not be made is a failure, never a refusal:
 * without checking, nothing is known. The signer is named first if it is among the refusals, because it is the reason
 * that a reader can act on.
 */
export function judge(checks: readonly Check[]): Judgement | undefined {
  const unable = checks.find((check) => check.verdict === 'could-not-check')
  if (unable !== undefined) {
    return {
      kind: 'failed',
      error: appError(
        'sigstore.could-not-verify',
        `The check "${unable.id}" could not be made.`,
        remedyOf(unable),
        unable,
      ),
    }
  }
  const refusals = checks.filter((check) => check.verdict !== 'passed' && check.verdict !== 'not-checked')
  const first = refusals.find((check) => check.id === 'signer') ?? refusals[0]
  if (first === undefined) return checks.length > 0 ? undefined : { kind: 'failed', error: nothingChecked }
  const { expected, found } = first
  return { kind: 'refused', denial: { gate: 'signer', expected, found, remedy: remedyOf(first) } }
}

const remedyOf = (check: Check): string => check.remedy ?? 'Look at the checks of this step.'

const nothingChecked = appError('sigstore.nothing-checked', 'Nothing was verified.', 'Report this with the event log.')
