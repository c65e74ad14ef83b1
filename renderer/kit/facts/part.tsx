import type { ReactNode } from 'react'
import { type Source, SourceChip } from './source.tsx'
import './part.css'

interface PartProps {
  readonly title: string
  /** One sentence under the title. */
  readonly why?: string
  readonly from?: Source
  readonly children: ReactNode
}

/** A part of an act with its own title. */
export function Part({ title, why, from, children }: PartProps) {
  return (
    <section className="part" aria-label={title}>
      <div className="part-head">
        <h2>{title}</h2>
        {from === undefined ? null : <SourceChip from={from} />}
      </div>
      {why === undefined ? null : <p className="part-why">{why}</p>}
      {children}
    </section>
  )
}

/** The same, collapsed until it is opened. */
export function FoldedPart({ title, why, from, children }: PartProps) {
  return (
    <details className="part part-folded">
      <summary className="part-head">
        <span className="part-title">{title}</span>
        {from === undefined ? null : <SourceChip from={from} />}
      </summary>
      {why === undefined ? null : <p className="part-why">{why}</p>}
      {children}
    </details>
  )
}
