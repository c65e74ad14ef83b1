import type { ReactNode } from 'react'
import { Foreign } from '../text/foreign.tsx'
import { visible } from '../text/text.ts'
import { type Source, SourceChip } from './source.tsx'
import './facts.css'

/** Named values, one under the other. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>
}

interface FactProps {
  readonly name: string
  readonly note?: string
  readonly from?: Source
  readonly children: ReactNode
}

/** One of them; `note` says briefly where it comes from or what it means. */
export function Fact({ name, note, from, children }: FactProps) {
  return (
    <div className="fact">
      <dt>{visible(name)}</dt>
      <dd>
        {typeof children === 'string' ? <Foreign text={children} /> : children}
        {note === undefined ? null : <span className="fact-note">{visible(note)}</span>}
        {from === undefined ? null : <SourceChip from={from} />}
      </dd>
    </div>
  )
}
