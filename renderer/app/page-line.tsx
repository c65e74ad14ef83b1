import type { ReactNode } from 'react'
import { TermButton } from '../kit/text/term.tsx'
import type { Term } from '../state/terms.ts'

/** The foot of a page: the terms that it is the first to use, and other actions. */
export function PageLine({ of, children }: { of: readonly Term[]; children?: ReactNode }) {
  return (
    <div className="page-line">
      {of.length === 0 ? null : (
        <p>
          <span className="quiet">Terms on this page: </span>
          {of.map((term) => (
            <TermButton key={term} term={term} />
          ))}
        </p>
      )}
      {children}
    </div>
  )
}
