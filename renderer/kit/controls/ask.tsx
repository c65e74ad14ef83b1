import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import './ask.css'

interface AskProps {
  /** What is about to be done; also the name of the question. */
  readonly label: string
  /** What stands on the button that asks it, where there is more than one of them on a page; else the label, as a link. */
  readonly shown?: string
  readonly choices: readonly { readonly label: string; readonly onPress: () => void }[]
  /** What comes of it. */
  readonly children: ReactNode
}

/** A question asked in its place: what comes of it, the ways to go on, and a way out, which Escape is too. */
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
