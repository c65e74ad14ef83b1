import { CopyButton } from '../controls/copy-button.tsx'
import { LitText } from '../text/lit.tsx'

/**
 * The fix for an error. A command in it stands between backticks, and only that is copied; without one all of it is.
 */
export function Remedy({ text }: { text: string }) {
  const pieces = text.split('`')
  if (pieces.length < 3 || pieces.length % 2 === 0) {
    return (
      <>
        <LitText text={text} /> <CopyButton text={text} what="the fix" />
      </>
    )
  }
  return pieces.map((piece, index) =>
    index % 2 === 0 ? (
      // oxlint-disable-next-line react/no-array-index-key -- the pieces of one text never change places
      <LitText key={index} text={piece} />
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- the same
      <span key={index} className="error-command">
        <code className="mono">
          <LitText text={piece} />
        </code>{' '}
        <CopyButton text={piece} what="the command" />
      </span>
    ),
  )
}
