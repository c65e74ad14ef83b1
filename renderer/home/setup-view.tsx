import type { Leftovers, Machine, SetupRow } from '../../src/core/contract/changes.ts'
import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { Knot, type KnotShape } from '../kit/digest/knot.tsx'
import { ErrorBlock } from '../kit/facts/error-block.tsx'
import { visible } from '../kit/text/text.ts'
import './setup-view.css'

interface SetupViewProps {
  readonly machine: Machine
  readonly rows: readonly SetupRow[]
}

const shapes: Readonly<Record<SetupRow['state'], KnotShape>> = {
  looking: 'open',
  working: 'current',
  ready: 'passed',
  failed: 'cut',
}
const words: Readonly<Record<SetupRow['state'], string>> = {
  looking: 'looking',
  working: 'working',
  ready: 'ready',
  failed: 'failed',
}

/** The programs that the story needs, one by one, and what is wrong with this machine, if anything. */
export function SetupView({ machine, rows }: SetupViewProps) {
  return (
    <div className="act-picture">
      {machine.state === 'failed' ? <ErrorBlock error={machine.error} /> : null}
      <ol className="setup" aria-label="Programs">
        {rows.map((row) => (
          <li key={row.program} className="setup-row" data-state={row.state}>
            <Knot shape={shapes[row.state]} />
            <span className="setup-name">{visible(row.program)}</span>
            <span className="setup-detail mono">{visible(row.detail)}</span>
            <span className="setup-word">{words[row.state]}</span>
          </li>
        ))}
      </ol>
      {rows.length === 0 ? <p className="quiet">Nothing has been looked for yet.</p> : null}
    </div>
  )
}

/** The headline over the setup. */
export function setupHeadline(
  machine: Machine,
  rows: readonly SetupRow[],
  leftovers: Leftovers | null,
): { headline: string; why: string } {
  const ready = rows.filter(({ state }) => state === 'ready').length
  switch (machine.state) {
    case 'preparing':
      return {
        headline: 'Getting the real programs',
        why: `${ready} of ${Math.max(rows.length, ready)} are ready. Each is checked before it may run, and stays for the next time.`,
      }
    case 'failed':
      return { headline: machine.error.what.replace(/\.$/, ''), why: 'Nothing was started. Fix it, then check again.' }
    case 'stopping':
      return { headline: 'Stopping', why: 'Everything that was started is stopped, in reverse order.' }
    case 'ready':
      if (leftovers !== null) {
        return {
          headline: 'A story was cut short',
          why: 'The program ended without closing. Take the story up where it stopped, or remove what was left.',
        }
      }
      return {
        headline: 'No single party has to be trusted',
        why: `A container gets its SVID because of who signed its image. Follow one digest from the Dockerfile to the SVID, then try ${scenarioIds.length - 1} ways to cheat.`,
      }
    default:
      return { headline: '', why: '' }
  }
}
