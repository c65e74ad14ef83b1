import type { ReactNode } from 'react'
import './button.css'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress: () => void
  readonly primary?: boolean
  /** Has an effect that cannot be undone: the second press of a double click does not count. */
  readonly grave?: boolean
}

/** A button with a label. A screen has one primary button, and it says what happens next. */
export function Button({ children, onPress, primary = false, grave = false }: ButtonProps) {
  return (
    <button
      type="button"
      className={primary ? 'button button-primary' : 'button'}
      // A key that is held down is one press.
      onKeyDown={(event) => {
        if (event.repeat && event.key === 'Enter') event.preventDefault()
      }}
      onClick={({ detail }) => {
        if (!grave || detail < 2) onPress()
      }}
    >
      {children}
    </button>
  )
}
