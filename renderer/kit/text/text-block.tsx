import { CopyButton } from '../controls/copy-button.tsx'
import { maskedText } from './masking.ts'
import { visible } from './text.ts'
import './text-block.css'

interface TextBlockProps {
  readonly text: string
  /** What it is, for its accessible name. */
  readonly label: string
}

/** Text of several lines or one long line, in full, to read and copy. */
export function TextBlock({ text, label }: TextBlockProps) {
  return (
    <div className="text-block">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard */}
      <pre className="text-block-text mono" tabIndex={0} aria-label={label}>
        {maskedText(text).split('\n').map(visible).join('\n')}
      </pre>
      <CopyButton text={text} what={label} />
    </div>
  )
}
