import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import './ask.css'

interface AskProps {
  /** What is about to be done; also the question's accessible name. */
  readonly label: string
  /** The label of the button that opens it, if a page has more than one; else the label, as a link. */
  readonly shown?: string
  readonly choices: readonly { readonly label: string; readonly onPress: () => void }[]
  /** The consequence. */
  readonly children: ReactNode
}

/** An inline question: its consequence, the ways to go on, and a way out, which is also Escape. */
export function Ask({ label, shown, choices, children }: AskProps) {
  const [open, setOpen] = useState(false)
  const trigger = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    if (!open) return
    panel.current?.querySelector('button')?.focus({ preventScroll: true })
    panel.current?.scrollIntoView({ block: 'nearest' })
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      event.preventDefault()
      leave()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [open])
  const leave = () => {
    setOpen(false)
    trigger.current?.focus({ preventScroll: true })
  }
  return (
    <div className="ask">
      <button
        ref={trigger}
        type="button"
        className={shown === undefined ? 'link' : 'button'}
        aria-expanded={open}
        {...(shown === undefined ? {} : { 'aria-label': label })}
        onClick={() => setOpen(!open)}
      >
        {shown ?? label}
      </button>
      {open ? (
        <section ref={panel} className="ask-panel" aria-label={label}>
          {children}
          <div className="ask-choices">
            {choices.map((choice) => (
              <Button
                key={choice.label}
                onPress={() => {
                  setOpen(false)
                  choice.onPress()
                }}
              >
                {choice.label}
              </Button>
            ))}
            <button type="button" className="link" onClick={leave}>
              Leave it
            </button>
          </div>
        </section>
      ) : null}
    </div>
  )
}
