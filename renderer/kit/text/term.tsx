import { useId } from 'react'
import { type Term, termParts, terms } from '../../state/terms.ts'
import { LitText } from './lit.tsx'
import { maskedText } from './masking.ts'
import './term.css'

/** A term that shows its explanation when pressed; Escape or a press elsewhere closes it. */
export function TermButton({ term }: { term: Term }) {
  const id = useId()
  return (
    <>
      <button type="button" className="term" popoverTarget={id}>
        {term}
        <span className="hidden">: what is that?</span>
      </button>
      <span id={id} popover="auto" className="term-meaning">
        <strong>{term}</strong> {terms[term]}
      </span>
    </>
  )
}

/** A sentence in which the first occurrence of each of these terms can be pressed for its explanation. */
export function Explained({ text, of }: { text: string; of: readonly Term[] }) {
  return termParts(maskedText(text), of).map(({ at, piece, term }) =>
    term === null ? <LitText key={at} text={piece} /> : <TermButton key={at} term={term} />,
  )
}
