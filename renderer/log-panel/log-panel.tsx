import { useEffect, useRef } from 'react'
import type { LogTail } from '../../src/core/contract/log-tails.ts'
import type { LogSource } from './source.ts'
import { LogView } from './view.tsx'
import './log-panel.css'

interface LogPanelProps {
  /** Which log it is; a change resets the view. */
  readonly id: string
  readonly title: string
  /** The newest lines, as they arrive. */
  readonly log: LogTail
  /** Where all others are. */
  readonly source: LogSource
  /** Saves the whole log where the person chooses, and returns where that is; null without a file to save. */
  readonly onSave: (() => Promise<string | null>) | null
  readonly onClose: () => void
}

/**
 * A step's log: every line can be reached, found and copied, and only visible ones are in the document. It takes the
 * focus when it is opened, and returns it when it is closed.
 */
export function LogPanel({ id, title, log, source, onSave, onClose }: LogPanelProps) {
  const section = useRef<HTMLElement>(null)
  const before = useRef<Element | null>(null)
  useEffect(() => {
    before.current = document.activeElement
    section.current?.querySelector<HTMLElement>('.log-box')?.focus()
  }, [])
  const close = () => {
    if (before.current instanceof HTMLElement) before.current.focus()
    onClose()
  }
  return (
    <section className="log" aria-label={`Log of ${title}`} ref={section}>
      <LogView key={id} title={title} log={log} source={source} onSave={onSave} onClose={close} />
    </section>
  )
}
