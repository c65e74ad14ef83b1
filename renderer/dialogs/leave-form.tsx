import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from '../kit/controls/button.tsx'
import './leave-form.css'

/** How to leave a form, also by Escape: prompts if something was typed. The dialog belongs on the form's page. */
export function useLeaveForm(
  changed: boolean,
  onLeave: () => void,
): { readonly leave: () => void; readonly dialog: ReactNode } {
  const asks = useRef<HTMLDialogElement>(null)
  const leave = () => {
    if (!changed) return onLeave()
    asks.current?.showModal()
    asks.current?.querySelector<HTMLElement>('.button-primary')?.focus()
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (document.querySelector('dialog[open], :popover-open') !== null) return
      event.preventDefault()
      leave()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
  const close = () => asks.current?.close()
  return {
    leave,
    dialog: (
      <dialog ref={asks} className="leave" aria-labelledby="leave-title">
        <h2 id="leave-title">Leave without saving?</h2>
        <p>What you typed here is not saved.</p>
        <div className="leave-buttons">
          <Button
            onPress={() => {
              close()
              onLeave()
            }}
          >
            Leave without saving
          </Button>
          <Button primary onPress={close}>
            Go on typing
          </Button>
        </div>
      </dialog>
    ),
  }
}
