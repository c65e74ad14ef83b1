import { ElidedValue } from '../text/elided.tsx'
import { useLit } from '../text/lit.tsx'
import { visible } from '../text/text.ts'
import { CopyButton } from './copy-button.tsx'
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
  const { isLit, toggle } = useLit(value)
  return (
    <span className="value">
      <button
        type="button"
        className="value-text mono"
        data-lit={isLit}
        aria-pressed={isLit}
        title={visible(value)}
        onClick={toggle}
      >
        <span className="hidden">{visible(label)}: </span>
        <bdi>
          {instead === undefined && short ? <ElidedValue value={value} /> : <Broken text={visible(instead ?? value)} />}
        </bdi>
      </button>
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
