import { ElidedValue } from '../text/elided.tsx'
import { visible } from '../text/text.ts'
import { CopyButton } from './copy-button.tsx'
import { ValueText } from './value-text.tsx'
import './value.css'

interface ValueProps {
  readonly value: string
  /** What it is, for the accessible names of its buttons. */
  readonly label: string
  /** Leave out the middle of a hash. */
  readonly short?: boolean
  /** The short form, if it would be too long. */
  readonly shown?: string
  readonly copy?: boolean
}

/** A machine-made value. Pressing it highlights it wherever it occurs; copying gives the whole value. */
export function Value({ value, label, short = false, shown: instead, copy = false }: ValueProps) {
  return (
    <span className="value">
      <ValueText value={value} label={label}>
        <bdi>
          {instead === undefined && short ? <ElidedValue value={value} /> : <Broken text={visible(instead ?? value)} />}
        </bdi>
      </ValueText>
      {copy ? <CopyButton text={value} what={label} /> : null}
    </span>
  )
}

/** A mail address breaks after its @ if it does not fit. */
function Broken({ text }: { text: string }) {
  const at = text.indexOf('@') + 1
  if (at === 0) return text
  return (
    <>
      {text.slice(0, at)}
      <wbr />
      {text.slice(at)}
    </>
  )
}
