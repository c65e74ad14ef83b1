import type { GateId } from '../../src/core/domain/gate.ts'
import { verdictWords } from '../../src/core/domain/verdict.ts'
import { artifactOf, type RunState, type StepState, type StepView } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { stepActs } from '../acts/table.ts'
import { stateWords } from '../state/acts.ts'
import { isOtherIssuer } from '../state/signer.ts'

/** How one of two runs compares in a row. */
export interface Cell {
  /** Whether the thread reaches this place, is cut at it, or is not here (yet). */
  readonly thread: 'whole' | 'now' | 'waits' | 'cut' | 'open' | 'absent'
  /** The result in a word or two. */
  readonly word: string
  /** The result: a value of the run, or words. */
  readonly says: string | null
  /** Whether `says` is a machine-made value, which can be highlighted. */
  readonly isValue: boolean
  /** The value is a digest, drawn as a strip too. */
  readonly strip: boolean
}

const threads: Readonly<Record<StepState['state'], Cell['thread']>> = {
  blocked: 'open',
  ready: 'open',
  running: 'now',
  waiting: 'waits',
  cancelling: 'waits',
  passed: 'whole',
  refused: 'cut',
  failed: 'cut',
  cancelled: 'cut',
  skipped: 'absent',
  reused: 'whole',
  stale: 'open',
}

const plain = { says: null, isValue: false, strip: false } as const

/** The cell of a step; null when this story has no such step. */
export function stepCell(run: RunState | null, id: StepId): Cell | null {
  if (run === null) return { thread: 'open', word: '', ...plain }
  const step = run.steps.find((each) => each.id === id)
  if (step === undefined) return null
  const thread = threads[step.status.state]
  return { thread, word: wordOf(step), ...plain, ...(thread === 'whole' || thread === 'cut' ? gave(run, step) : {}) }
}

/** One cell for several steps that are shared by both runs. */
export function sharedCell(run: RunState | null, ids: readonly StepId[]): Cell {
  if (run === null) return { thread: 'open', word: '', ...plain }
  const steps = run.steps.filter(({ id }) => ids.includes(id))
  // The unfinished step decides for all of them.
  const decisive = steps.find(({ status }) => threads[status.state] !== 'whole') ?? steps[0]
  if (decisive === undefined) return { thread: 'absent', word: 'none', ...plain }
  return { thread: threads[decisive.status.state], word: wordOf(decisive), ...plain }
}

/** The cell of a gate: the attestor's result there, or how far the step is. */
export function gateCell(run: RunState | null, id: GateId): Cell {
  const gate = run === null ? undefined : artifactOf(run, 'attestation')?.gates.find((each) => each.id === id)
  if (run === null || gate === undefined) return stepCell(run, 'attest') ?? { thread: 'absent', word: 'none', ...plain }
  const thread =
    gate.verdict === 'passed'
      ? 'whole'
      : gate.verdict === 'not-checked'
        ? 'open'
        : gate.verdict === 'could-not-check'
          ? 'waits'
          : 'cut'
  const word = gate.verdict === 'not-checked' ? 'not reached' : verdictWords[gate.verdict]
  return { thread, word, ...plain, says: thread === 'open' ? null : gate.found }
}

function wordOf({ status }: StepView): string {
  switch (status.state) {
    case 'reused':
      // To the audience it is the same machine and the same Sigstore, whichever run started them.
      return stateWords.passed
    case 'running':
      return status.progress?.label ?? stateWords.running
    case 'blocked':
    case 'ready':
    case 'waiting':
    case 'cancelling':
    case 'passed':
    case 'refused':
    case 'failed':
    case 'cancelled':
    case 'skipped':
    case 'stale':
    default:
      return stateWords[status.state]
  }
}

const value = (says: string, strip = false) => ({ says, isValue: true, strip })

function gave(run: RunState, { id, status }: StepView): Partial<Cell> {
  if (status.state === 'failed') return { says: status.error.what }
  const made = stepActs[id].digest?.(run)
  if (made !== undefined) return value(made, true)
  const signature = id === 'sign' ? artifactOf(run, 'signature') : undefined
  // Only the pair is an identity; the issuer is named if it is not the usual one.
  if (signature !== undefined) return value(isOtherIssuer(run) ? signature.signer.issuer : signature.signer.subject)
  const checks = id === 'verify' ? (artifactOf(run, 'verification')?.checks ?? []) : []
  const hold = checks.filter(({ verdict }) => verdict === 'passed').length
  if (checks.length > 0) return { says: `${hold} of ${checks.length} proofs hold` }
  const entry = id === 'register' ? artifactOf(run, 'entry') : undefined
  return entry === undefined ? {} : value(entry.spiffeId)
}
