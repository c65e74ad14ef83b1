import type { MouseEvent, ReactNode } from 'react'
import { longestMenuValue } from '../../../src/core/contract/desktop.ts'
import { desktop } from '../../state/bridge.ts'
import { useLit } from '../text/lit.tsx'
import { maskedText } from '../text/masking.ts'
import { visible } from '../text/text.ts'
import './value-text.css'

interface ValueTextProps {
  /** The whole value, however it is shown. */
  readonly value: string
  /** What it is, for screen readers. */
  readonly label: string
  /** The value as it is shown. */
  readonly children: ReactNode
}

/**
 * A value that a machine made, to be pressed: that lights it up wherever it occurs. Its context menu copies it whole.
 */
export function ValueText({ value, label, children }: ValueTextProps) {
  const { isLit, toggle } = useLit(value)
  return (
    <button
      type="button"
      className="value-text mono"
      data-lit={isLit}
      aria-pressed={isLit}
      title={visible(value)}
      onClick={toggle}
      onContextMenu={(event) => offerMenu(event, value)}
    >
      <span className="hidden">{visible(label)}: </span>
      {children}
    </button>
  )
}

/**
 * Asks the window for a menu of the value. Without a window of ours, and for a value that is empty or too long, the usual
 * menu appears.
 */
function offerMenu(event: MouseEvent, value: string): void {
  const window = desktop()
  if (window === undefined || value === '' || value.length > longestMenuValue) return
  event.preventDefault()
  void window.send({ kind: 'value-menu', value: maskedText(value) })
}
