import { type KeyboardEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { LogTail } from '../../src/core/contract/log-tails.ts'
import { LogBar, LogFindBar, type LogViewOptions } from './find/bar.tsx'
import { LogFind } from './find/find.ts'
import { useFindSteps } from './find/find-steps.ts'
import { logKeys } from './keys.ts'
import { LogLines } from './lines.tsx'
import { LogPages } from './pages.ts'
import { type Rows, useLogScroll } from './scroll.ts'
import { chosen, copied, type Selection, selectionWords } from './selection.ts'
import type { LogSource } from './source.ts'
import { LogSpeech } from './speech.tsx'

interface LogViewProps {
  readonly title: string
  readonly log: LogTail
  readonly source: LogSource
  readonly onSave: (() => Promise<string | null>) | null
  readonly onClose: () => void
}

/** The bars and the lines of one log. */
export function LogView({ title, log, source, onSave, onClose }: LogViewProps) {
  const [options, setOptions] = useState<LogViewOptions>({ onlyFound: false, wrap: false, speak: false })
  const [selection, setSelection] = useState<Selection | null>(null)
  const [box, probe, input] = [
    useRef<HTMLDivElement>(null),
    useRef<HTMLDivElement>(null),
    useRef<HTMLInputElement>(null),
  ]
  const total = log.from + log.lines.length
  const pages = usePages(source, log)
  const [search, found] = useSearch(source, total)
  const rows = useRows(total, options.onlyFound && found.find !== null ? found.lines : null)
  const scroll = useLogScroll(box, probe, rows, options.wrap, options.onlyFound ? found.text : '')
  const steps = useFindSteps(found, rows, scroll)
  const { note, forget, onCopy, save } = useTaking(source, rows, selection, onSave)

  const onText = (text: string) => {
    forget()
    steps.forget()
    search.setText(text)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) =>
    logKeys(event, {
      box,
      input,
      rows,
      scroll,
      selection,
      onSelect: setSelection,
      onStep: steps.step,
      onCopy,
      onText,
      onClose,
    })
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- keys that work anywhere in the log
    <div className="log-view" onKeyDown={onKeyDown}>
      <LogBar
        title={title}
        total={total}
        follows={scroll.follows}
        onEnd={scroll.toEnd}
        copies={selection !== null ? 'the marked lines' : options.onlyFound ? 'the lines found' : 'all lines'}
        onCopy={onCopy}
        onSave={save}
        onClose={onClose}
      />
      <LogFindBar
        input={input}
        found={found}
        at={steps.at}
        wrapped={steps.wrapped}
        onText={onText}
        onStep={steps.step}
        options={options}
        onOptions={setOptions}
        note={pages.problem?.what ?? (note !== '' ? note : selectionWords(selection))}
      />
      <LogLines
        box={box}
        probe={probe}
        rows={rows}
        pages={pages}
        scroll={scroll}
        wrap={options.wrap}
        find={found.find}
        current={steps.current}
        selection={selection}
        onSelect={setSelection}
        empty={emptyWords(options, found.complete)}
      />
      {options.speak ? <LogSpeech log={log} /> : null}
    </div>
  )
}

const emptyWords = ({ onlyFound }: LogViewOptions, complete: boolean): string =>
  !onlyFound ? 'No line yet.' : complete ? 'No line holds that.' : 'Looking …'

function usePages(source: LogSource, log: LogTail): LogPages {
  const [pages] = useState(() => new LogPages(source))
  pages.setTail(log)
  useSyncExternalStore(pages.subscribe, pages.version)
  return pages
}

function useSearch(source: LogSource, total: number) {
  const [search] = useState(() => new LogFind(source))
  useEffect(() => search.setTotal(total), [search, total])
  useEffect(() => () => search.close(), [search])
  return [search, useSyncExternalStore(search.subscribe, search.get)] as const
}

/** Browsers limit a box's height; beyond it, such a log begins in its file. */
const mostRows = 1_000_000

function useRows(total: number, only: readonly number[] | null): Rows {
  return useMemo(() => {
    const length = Math.min(mostRows, only?.length ?? total)
    const skipped = (only?.length ?? total) - length
    return { length, at: (place) => (only === null ? place + skipped : (only[place + skipped] ?? 0)) }
  }, [total, only])
}

/** Copies and saves, and shows the result for a while. */
function useTaking(source: LogSource, rows: Rows, selection: Selection | null, onSave: LogViewProps['onSave']) {
  const [note, setNote] = useState('')
  useEffect(() => {
    if (note === '') return undefined
    const timer = setTimeout(() => setNote(''), 6_000)
    return () => clearTimeout(timer)
  }, [note])
  const copy = async () => {
    const taken = await copied(source, selection === null ? rows : chosen(rows, selection))
    if (!taken.ok) return setNote(taken.error.what)
    await navigator.clipboard.writeText(taken.value.text).then(
      () => setNote(taken.value.words),
      () => setNote('The clipboard cannot be written to.'),
    )
  }
  const save = async (to: NonNullable<typeof onSave>) => {
    const path = await to()
    if (path !== null) setNote(`Saved as ${path}`)
  }
  return {
    note,
    forget: () => setNote(''),
    onCopy: () => void copy(),
    save: onSave === null ? null : () => void save(onSave),
  }
}
