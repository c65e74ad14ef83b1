import { Foreign } from '../kit/text/foreign.tsx'

/** Notes, large enough to read while standing: an empty line begins a paragraph. */
export function NoteText({ text }: { text: string }) {
  const paragraphs = text.split(/\n\s*\n/).filter((each) => each.trim() !== '')
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
    <div className="presenter-notes" tabIndex={0} role="group" aria-label="Notes of this stop">
      {paragraphs.length === 0 ? <p className="quiet">There are no notes for this stop.</p> : null}
      {paragraphs.map((paragraph, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- two paragraphs may be the same
        <p key={at}>
          <Foreign text={paragraph} />
        </p>
      ))}
    </div>
  )
}
