import type { ReactNode, Ref } from 'react'
import type { Found } from './find.ts'

/** How the lines are shown. */
export interface LogViewOptions {
  /** Only lines that match. */
  readonly onlyFound: boolean
  readonly wrap: boolean
  /** A screen reader reads new lines. */
  readonly speak: boolean
}

interface LogBarProps {
  readonly title: string
  readonly total: number
  readonly follows: boolean
  readonly onEnd: () => void
  /** What copy would copy now. */
  readonly copies: string
  readonly onCopy: () => void
  readonly onSave: (() => void) | null
  readonly onClose: () => void
}

/** What the log is, whether it follows, and its actions. */
export function LogBar(props: LogBarProps) {
  const { title, total, follows, onEnd, copies, onCopy, onSave, onClose } = props
  return (
    <div className="log-bar">
      <h2>Log of {title}</h2>
      <p className="quiet small log-state">
        {count(total)}, {follows ? 'following the end' : 'not following'}
      </p>
      <button type="button" className="log-end" disabled={follows} onClick={onEnd}>
        To the end
      </button>
      <span className="log-actions">
        <Action onPress={onCopy} what={copies}>
          copy
        </Action>
        {onSave === null ? null : (
          <Action onPress={onSave} what="the log to a file">
            save
          </Action>
        )}
        <Action onPress={onClose} what="the log">
          close
        </Action>
      </span>
    </div>
  )
}

function Action({ children, what, onPress }: { children: ReactNode; what: string; onPress: () => void }) {
  return (
    <button type="button" className="copy" onClick={onPress}>
      {children}
      <span className="hidden"> {what}</span>
    </button>
  )
}

export const count = (lines: number): string => `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`

interface LogFindBarProps {
  readonly input: Ref<HTMLInputElement>
  readonly found: Found
  /** The index of the shown line among the matches, from 0. */
  readonly at: number | null
  /** The last step wrapped around the end of the log. */
  readonly wrapped: boolean
  readonly onText: (text: string) => void
  readonly onStep: (by: 1 | -1) => void
  readonly options: LogViewOptions
  readonly onOptions: (options: LogViewOptions) => void
  /** What has just been copied or saved, or why not. */
  readonly note: string
}

/** The search, and how the lines are shown. */
export function LogFindBar(props: LogFindBarProps) {
  const { input, found, at, wrapped, onText, onStep, options, onOptions, note } = props
  return (
    <div className="log-bar log-find-bar" role="search" aria-label="In this log">
      <label className="log-find">
        <span className="quiet small">Find</span>
        <input
          ref={input}
          type="search"
          maxLength={200}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            onStep(event.shiftKey ? -1 : 1)
          }}
        />
      </label>
      <span className="log-steps">
        <button
          type="button"
          disabled={found.lines.length === 0}
          onClick={() => onStep(-1)}
          aria-label="Previous line that holds it"
        >
          ↑
        </button>
        <button
          type="button"
          disabled={found.lines.length === 0}
          onClick={() => onStep(1)}
          aria-label="Next line that holds it"
        >
          ↓
        </button>
      </span>
      <p className="small log-found" role="status">
        {note === '' ? foundWords(found, at, wrapped) : note}
      </p>
      <span className="log-options">
        <Option name="only these" is={options.onlyFound} set={(onlyFound) => onOptions({ ...options, onlyFound })} />
        <Option name="wrap" is={options.wrap} set={(wrap) => onOptions({ ...options, wrap })} />
        <Option name="read new lines" is={options.speak} set={(speak) => onOptions({ ...options, speak })} />
      </span>
    </div>
  )
}

function Option({ name, is, set }: { name: string; is: boolean; set: (is: boolean) => void }) {
  return (
    <label className="log-option">
      <input type="checkbox" checked={is} onChange={(event) => set(event.target.checked)} />
      <span className="small">{name}</span>
    </label>
  )
}

function foundWords({ text, lines, complete, problem }: Found, at: number | null, wrapped: boolean): string {
  if (text === '') return ''
  if (problem !== null) return problem.what
  if (lines.length === 0) return complete ? 'No line holds that.' : 'Looking …'
  const all = `${count(lines.length)}${complete ? '' : ' so far'}`
  return at === null ? all : `${(at + 1).toLocaleString('en')} of ${all}${wrapped ? ', round the end' : ''}`
}
