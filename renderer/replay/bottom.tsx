import { useMemo, useState } from 'react'
import { logKey } from '../../src/core/contract/log-tails.ts'
import { type ScenarioId, scenarioIds, scenarios } from '../../src/core/workflow/scenarios.ts'
import { steps } from '../../src/core/workflow/steps.ts'
import { Footer } from '../app/frame/footer.tsx'
import { useKeys } from '../app/use-keys.ts'
import { LogPanel } from '../log-panel/log-panel.tsx'
import { logInMemory } from '../log-panel/source.ts'
import { type Act, stepOf } from '../state/acts.ts'
import { type Move, nextLabel } from '../state/next-move.ts'
import { actOf, nextStop } from './player.ts'
import type { OpenReplay, Replay } from './use-replay.ts'

interface ReplayBottomProps {
  readonly replay: Replay
  readonly open: OpenReplay
  readonly act: Act | null
  readonly onWatch: (scenario: ScenarioId) => void
}

/** The footer, whose primary button turns the pages; and the log up to the current place. */
export function ReplayBottom({ replay, open, act, onWatch }: ReplayBottomProps) {
  const { tape, player, onMove } = open
  const [logOpen, setLogOpen] = useState(false)
  const run = tape.stateAt(player.position)
  // The map covers all steps: no single command or log belongs to it.
  const step = act === null || act.id === 'map' ? null : stepOf(run, act)
  const log = (step === null ? undefined : tape.logsAt(player.position)[logKey(run.runId, step.id)]) ?? noLines
  const source = useMemo(() => logInMemory(log.lines), [log])
  useKeys({ l: step === null ? undefined : () => setLogOpen(!logOpen) })
  const next = nextStop(player, tape, 1)
  const after = scenarioIds[scenarioIds.indexOf(run.scenario) + 1]
  const move: Move =
    act === null
      ? { kind: 'show', act: actOf(player, tape), label: `Back to “${scenarios[run.scenario].title}”` }
      : next !== undefined
        ? { kind: 'show', act: next.act, label: nextLabel(next.title) }
        : after !== undefined
          ? { kind: 'watch', scenario: after, label: `Watch: ${scenarios[after].title}` }
          : { kind: 'compare', label: 'Back to live' }
  const onPrimary = () => {
    if (move.kind === 'show') onMove(act === null ? { kind: 'look', act: move.act } : { kind: 'step', by: 1 })
    else if (move.kind === 'watch') onWatch(move.scenario)
    else replay.leave()
  }
  const back = act === null ? undefined : nextStop(player, tape, -1)
  return (
    <>
      {logOpen && step !== null ? (
        <LogPanel
          id={logKey(run.runId, step.id)}
          title={steps[step.id].title.toLowerCase()}
          log={log}
          source={source}
          onSave={null}
          onClose={() => setLogOpen(false)}
        />
      ) : null}
      <Footer
        scenario={act === null ? undefined : scenarios[run.scenario].title}
        position={
          act === null
            ? 'All recordings'
            : positionOf(
                act,
                run.steps.findIndex(({ id }) => id === act.step),
                run.steps.length,
              )
        }
        step={
          step === null
            ? null
            : {
                commands: step.commands,
                lastLine: log.lines.at(-1) ?? null,
                logOpen,
                onLog: () => setLogOpen(!logOpen),
              }
        }
        move={move}
        onMove={onPrimary}
        others={back === undefined ? [] : [{ label: 'Back', onPress: () => onMove({ kind: 'step', by: -1 }) }]}
      />
    </>
  )
}

const noLines = { from: 0, lines: [] }

const positionOf = (act: Act, step: number, count: number): string =>
  act.id === 'map' ? 'Trust map' : `Step ${step + 1} of ${count}`
