import type { CommandCard } from '../../src/core/workflow/events.ts'
import type { Move } from '../state/next-move.ts'
import { Button } from '../ui/button.tsx'
import { Command } from '../ui/command.tsx'
import { visible } from '../ui/text.ts'
import './footer.css'

/** A button beside the primary one. */
export interface OtherButton {
  readonly label: string
  readonly onPress: () => void
}

interface FooterProps {
  readonly position: string
  /** Nothing ran here: all scenarios are looked at. */
  readonly atHome: boolean
  readonly commands: readonly CommandCard[]
  /** The last log line of the act, and whether the log is open. */
  readonly lastLine: string | null
  readonly logOpen: boolean
  readonly onLog: () => void
  readonly move: Move | null
  readonly onMove: (move: Move) => void
  /** The other buttons, such as back or cancel. */
  readonly others: readonly OtherButton[]
}

/** The exact command, the last line of the log, and the one primary button, whose label says what happens next. */
export function Footer(props: FooterProps) {
  const { position, atHome, commands, lastLine, logOpen, onLog, move, onMove, others } = props
  const command = commands.at(-1)
  return (
    <footer className="footer">
      <div className="footer-row">
        <p className="footer-position">{position}</p>
        <div className="footer-middle">
          {command === undefined ? (
            atHome ? null : (
              <p className="quiet mono">no command yet</p>
            )
          ) : (
            <div className="footer-command">
              <Command command={command} />
              {commands.length > 1 ? <span className="quiet small">and {commands.length - 1} more</span> : null}
            </div>
          )}
          {atHome ? null : (
            <button type="button" className="footer-log mono" aria-expanded={logOpen} onClick={onLog}>
              <span className="footer-log-word">{logOpen ? 'Close the log' : 'Log'}</span>
              <span className="footer-line">{lastLine === null ? 'no line yet' : visible(lastLine)}</span>
            </button>
          )}
        </div>
        <div className="footer-buttons">
          {others.map(({ label, onPress }) => (
            <Button key={label} onPress={onPress}>
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
