import { Value } from '../controls/value.tsx'
import { Foreign } from '../text/foreign.tsx'
import { DigestStrip } from './digest-strip.tsx'

interface DigestLineProps {
  readonly name: string
  readonly digest: string
  readonly tone?: 'thread' | 'ink' | 'cut'
  /** A few words after the hex. */
  readonly says?: string
  readonly copy?: boolean
}

/** A named digest: its skyline and its hex, in columns that stand one under the other. */
export function DigestLine({ name, digest, tone = 'ink', says, copy = true }: DigestLineProps) {
  return (
    <div className="digest-line" data-tone={tone}>
      <span className="digest-name">
        <Foreign text={name} />
      </span>
      <DigestStrip digest={digest} tone={tone} />
      <span className="digest-says">
        <Value value={digest} label={name} short copy={copy} />
        {says === undefined ? null : (
          <span className="small">
            <Foreign text={says} />
          </span>
        )}
      </span>
    </div>
  )
}
