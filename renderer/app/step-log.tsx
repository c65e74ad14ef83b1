import { useEffect, useMemo } from 'react'
import { type LogTail, logKey } from '../../src/core/contract/log-tails.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { LogPanel } from '../log-panel/log-panel.tsx'
import type { Actions } from './actions.ts'

interface StepLogProps {
  readonly runId: string
  readonly step: StepId
  readonly log: LogTail | undefined
  readonly actions: Pick<Actions, 'openLog' | 'logOf' | 'save'>
  readonly onClose: () => void
}

const noLines = { from: 0, lines: [] }

/** The open log of a step, kept complete from now on. */
export function StepLog({ runId, step, log = noLines, actions, onClose }: StepLogProps) {
  const { openLog, logOf, save } = actions
  useEffect(() => openLog(runId, step), [openLog, runId, step])
  const source = useMemo(() => logOf(runId, step), [logOf, runId, step])
  return (
    <LogPanel
      id={logKey(runId, step)}
      title={steps[step].title.toLowerCase()}
      log={log}
      source={source}
      onSave={() => save({ kind: 'log', runId, step })}
      onClose={onClose}
    />
  )
}
