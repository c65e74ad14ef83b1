import type { CommandCard } from '../../../src/core/workflow/events.ts'
import { LitText } from '../text/lit.tsx'
import { commandText, visible } from '../text/text.ts'
import { CopyButton } from './copy-button.tsx'
import './command.css'

/** The exact command, to be copied; marked if it stands for an API call. */
export function Command({ command }: { command: CommandCard }) {
  const text = commandText(command.argv)
  return (
    <span className="command">
      <code className="command-text mono" title={visible(text)}>
        <LitText text={text} />
      </code>
      {command.byHand ? <span className="quiet small command-hand">equivalent command</span> : null}
      <CopyButton text={text} what="the command" />
    </span>
  )
}
