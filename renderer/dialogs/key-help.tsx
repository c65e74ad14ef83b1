import { useEffect, useRef, useState } from 'react'
import { useKeys } from '../app/use-keys.ts'
import { Button } from '../kit/controls/button.tsx'
import './key-help.css'

/** Keys that do the same, and what that is. */
export interface KeyRow {
  readonly keys: readonly string[]
  readonly does: string
}

const keysOfWindow: readonly KeyRow[] = [
  { keys: ['→', 'Page Down'], does: 'the next page; it never starts anything' },
  { keys: ['←', 'Page Up'], does: 'the page before' },
  { keys: ['F5'], does: 'give a talk; in a talk, its first stop' },
  { keys: ['B', '.'], does: 'in a talk: blank the screen, show it again' },
  { keys: ['Z'], does: 'in a talk: zoom, and back' },
  { keys: ['P'], does: 'in a run: ask the room for the verdict; reveal it' },
  { keys: ['0', '…', '7'], does: 'a vote: 0 gets its SVID, 1 to 7 the gate that stops it; Backspace takes one back' },
  { keys: ['R'], does: 'in a live talk: the rehearsal, where it is offered, and back to live' },
  { keys: ['N'], does: 'in a talk: the presenter window with the notes' },
  { keys: ['Tab', 'Enter'], does: 'go to a button, press it' },
  { keys: ['H'], does: 'all scenarios' },
  { keys: ['S', 'E', 'X'], does: 'an act as a story, for an engineer, or its bytes' },
  { keys: ['M'], does: 'mask addresses, host names, paths and this machine’s name; show them again' },
  { keys: ['L'], does: 'open or close the log' },
  { keys: ['Ctrl F', 'F3'], does: 'find on the page, or in the log while you are in it; the next match' },
  { keys: ['T'], does: 'where the thread is hidden: show it, hide it' },
  { keys: ['Space'], does: 'in a recording: play, pause' },
  { keys: ['Esc'], does: 'close what is open, let go of a lit value; it never cancels a run' },
  { keys: ['F1'], does: 'about this program' },
  { keys: ['?'], does: 'this list' },
]

/** Opens the list of keys, as the question mark does. */
export function KeysButton() {
  const [open, setOpen] = useState(false)
  const ask = () => setOpen(true)
  useKeys({ '?': ask })
  return (
    <>
      <button type="button" className="chip header-keys" aria-haspopup="dialog" onClick={ask}>
        Keys
      </button>
      {open ? <KeyHelp keys={keysOfWindow} onClose={() => setOpen(false)} /> : null}
    </>
  )
}

/** A list of keys, as a dialog that takes the focus and gives it back. */
export function KeyHelp({ keys, onClose }: { keys: readonly KeyRow[]; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    // The focus goes to the button at the end; a long list is read from its beginning.
    dialog.current?.scrollTo(0, 0)
  }, [])
  return (
    <dialog ref={dialog} className="keys" aria-labelledby="keys-title" onClose={onClose}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {keys.map((row) => (
          <div key={row.does}>
            <dt>
              {row.keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{row.does}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">Letters do nothing while you type.</p>
      <Button onPress={() => dialog.current?.close()}>Close</Button>
    </dialog>
  )
}
