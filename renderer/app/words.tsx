import { LitText } from '../kit/text/lit.tsx'
import { Explained } from '../kit/text/term.tsx'
import type { Term } from '../state/terms.ts'
import type { Headline } from '../state/words.ts'

interface WordsProps extends Headline {
  /** The terms that this page explains. */
  readonly terms?: readonly Term[]
}

/** What has just become true, and why it is done at all: the head of every page, also announced to screen readers. */
export function Words({ headline, why, terms = [] }: WordsProps) {
  return (
    <div className="stage-words" role="status">
      <h1>
        <LitText text={headline} />
      </h1>
      <p className="stage-why">
        <Explained text={why} of={terms} />
      </p>
    </div>
  )
}
