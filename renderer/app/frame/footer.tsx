import { useEffect, useRef } from 'react'
import type { CommandCard } from '../../../src/core/workflow/events.ts'
import { Button } from '../../kit/controls/button.tsx'
import { Command } from '../../kit/controls/command.tsx'
import { visible } from '../../kit/text/text.ts'
import './footer.css'

/** A button beside the primary one. */
export interface OtherButton {
  readonly label: string
  /** Has an effect that cannot be undone. */
  readonly grave?: boolean
  readonly onPress: () => void
}

/** What one step has run, the last line of its log, and whether the log is open. */
interface FooterStep {
  readonly commands: readonly CommandCard[]
  readonly lastLine: string | null
  readonly logOpen: boolean
  readonly onLog: () => void
}

interface FooterProps<M extends { readonly label: string }> {
  /** The scenario, where no list of steps names it. */
  readonly scenario?: string | undefined
  readonly position: string
  /** Null if the page is not about a single step. */
  readonly step: FooterStep | null
  readonly move: M | null
  readonly onMove: (move: M) => void
  /** The other buttons, such as back or cancel. */
  readonly others: readonly OtherButton[]
  /** A question whose safe answer is the primary button: it takes the focus when the question appears. */
  readonly asks?: string | null
}

/** The exact command, the last line of the log, and the one primary button, whose label says what happens next. */
export function Footer<M extends { readonly label: string }>({
  position,
  step,
  move,
  onMove,
  others,
  asks = null,
  scenario,
}: FooterProps<M>) {
  const foot = useRef<HTMLElement>(null)
  useEffect(() => {
    if (asks !== null) foot.current?.querySelector<HTMLElement>('.button-primary')?.focus({ preventScroll: true })
  }, [asks])
  return (
    <footer className="footer" ref={foot}>
      <div className="footer-row">
        <p className="footer-position">
          {scenario === undefined ? null : <span className="footer-scenario">{scenario} · </span>}
          {position}
        </p>
        <div className="footer-middle">{step === null ? null : <Step {...step} />}</div>
        <div className="footer-buttons">
          {others.map(({ label, onPress, grave = false }) => (
            <Button key={label} onPress={onPress} grave={grave}>
              {label}
            </Button>
          ))}
          {move === null ? null : (
            <Button primary onPress={() => onMove(move)}>
              {move.label}
            </Button>
          )}
        </div>
      </div>
    </footer>
  )
}

function Step({ commands, lastLine, logOpen, onLog }: FooterStep) {
  const command = commands.at(-1)
  return (
    <>
      {command === undefined ? (
        <p className="quiet mono">no command yet</p>
      ) : (
        <div className="footer-command">
          <Command command={command} />
          {commands.length > 1 ? <span className="quiet small">and {commands.length - 1} more</span> : null}
        </div>
      )}
      <button type="button" className="footer-log mono" aria-expanded={logOpen} onClick={onLog}>
        <span className="footer-log-word">{logOpen ? 'Close the log' : 'Log'}</span>
        <span className="footer-line">{lastLine === null ? 'no line yet' : visible(lastLine)}</span>
      </button>
    </>
  )
}
