import type { ReactNode } from 'react'
import './button.css'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress: () => void
  readonly primary?: boolean
  /** Has an effect that cannot be taken back: the second press of a double one does not count. */
  readonly grave?: boolean
}

/** A button with a word on it. There is one primary button on a screen, and it says what happens next. */
export function Button({ children, onPress, primary = false, grave = false }: ButtonProps) {
  return (
    <button
      type="button"
      className={primary ? 'button button-primary' : 'button'}
      onClick={({ detail }) => {
        if (!grave || detail < 2) onPress()
      }}
    >
      {children}
    </button>
  )
}
