import { type AppError, appError } from '../../domain/app-error.ts'
import type { Denial } from '../../workflow/artifacts.ts'
import { type StepId, steps } from '../../workflow/steps.ts'

const named = (id: StepId): string => `The step "${steps[id].title}"`

export const internalError = (id: StepId, thrown: unknown): AppError =>
  appError(
    'run.internal',
    `${named(id)} ran into a bug of this program.`,
    'Report it with the event log of this run.',
    {
      found: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    },
  )

export const timedOut = (id: StepId, error: AppError): AppError =>
  appError('run.step-timed-out', `${named(id)} did not end in time.`, error.remedy, {
    expected: `an end within ${steps[id].timeoutMs / 1000} s`,
    found: error.what,
    evidence: error.evidence,
  })

export const unexpectedRefusal = (id: StepId, { gate, remedy, expected, found }: Denial): AppError =>
  appError('run.unexpected-refusal', `${named(id)} was refused at gate ${gate}.`, remedy, { expected, found })

export const logUnwritable = (file: string, thrown: unknown): AppError =>
  appError(
    'run.log-unwritable',
    'The log of this run can no longer be written, so the run ends here.',
    'Make room on the disk, or name another folder with XDG_STATE_HOME; then start the run again.',
    { expected: `every event is written to ${file}`, found: thrown instanceof Error ? thrown.message : String(thrown) },
  )

export const underWay = appError(
  'run.under-way',
  'This run is under way.',
  'Wait until it pauses or ends, or cancel it.',
)

export const notPaused = appError('run.not-paused', 'This run is not paused.', 'Do a step of it again, or start a run.')

export const notPlanned = (id: StepId): AppError =>
  appError('run.step-not-planned', `${named(id)} is not part of this scenario.`, 'Choose a step that this run does.')

export const shared = (id: StepId): AppError =>
  appError(
    'run.step-shared',
    `${named(id)} belongs to all runs, and what it started goes on running.`,
    'Reset, then start a run.',
  )

export const notAwaited = (id: StepId): AppError =>
  appError(
    'run.cancelled',
    `${named(id)} is being done by another run, which is no longer waited for.`,
    'Start this run again.',
  )

export const tooEarly = (id: StepId, undone: StepId): AppError =>
  appError('run.step-too-early', `${named(id)} cannot be done yet.`, `Do the step "${steps[undone].title}" first.`, {
    expected: `"${steps[undone].title}" is done`,
    found: 'it is not',
  })
