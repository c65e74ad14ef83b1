import { useId } from 'react'
import { type Term, termParts, terms } from '../../state/terms.ts'
import { LitText } from './lit.tsx'
import './term.css'

/** A field term that explains itself when it is pressed; Escape or a press elsewhere closes that again. */
export function TermButton({ term }: { term: Term }) {
  const id = useId()
  return (
    <>
      <button type="button" className="term" popoverTarget={id}>
        {term}
        <span className="hidden">: what is that?</span>
      </button>
      <span id={id} popover="auto" className="term-told">
        <strong>{term}</strong> {terms[term]}
      </span>
    </>
  )
}

/** A sentence in which these terms, where they first stand, can be asked about. */
export function Explained({ text, of }: { text: string; of: readonly Term[] }) {
  return termParts(text, of).map(({ at, piece, term }) =>
    term === null ? <LitText key={at} text={piece} /> : <TermButton key={at} term={term} />,
  )
}
