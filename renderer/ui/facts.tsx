import type { ReactNode } from 'react'
import './facts.css'

/** Named values, one under the other. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>
}

/** One of them; `note` says in a few words where it is from or what it means. */
export function Fact({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        {children}
        {note === undefined ? null : <span className="fact-note">{note}</span>}
      </dd>
    </div>
  )
}
