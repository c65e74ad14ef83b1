import './source.css'

/** Where a fact on the screen comes from. */
export type Source = 'bundle' | 'log' | 'registry' | 'trusted root' | 'workload' | 'attestor' | 'here'

/** Names where a fact comes from. */
export function SourceChip({ from }: { from: Source }) {
  return <span className="source">{from === 'here' ? 'computed here' : `from ${from}`}</span>
}
