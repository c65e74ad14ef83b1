import { type Depth, depths } from '../../../src/core/workflow/acts.ts'

/** The depth that an act is shown at, and how to change it. */
export interface DepthChoiceProps {
  readonly depth: Depth
  readonly onDepth: (depth: Depth) => void
}

/** How much an act shows. */
export function DepthChoice({ depth, onDepth }: DepthChoiceProps) {
  return (
    <label className="header-theme">
      <span className="header-look quiet small">Depth</span>
      <select value={depth} onChange={({ target }) => onDepth(depths.find((each) => each === target.value) ?? depth)}>
        {depths.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  )
}
