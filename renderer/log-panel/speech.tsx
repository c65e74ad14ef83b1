import { useEffect, useRef, useState } from 'react'
import type { LogTail } from '../../src/core/contract/log-tails.ts'
import { shownLine } from '../kit/text/text.ts'

const everyMs = 1_000
const mostLines = 3

/** Has a screen reader read the new lines from now on; of many at once only the newest, and how many there were. */
export function LogSpeech({ log }: { log: LogTail }) {
  const newest = useRef(log)
  newest.current = log
  const [words, setWords] = useState('')
  useEffect(() => {
    let read = newest.current.from + newest.current.lines.length
    const timer = setInterval(() => {
      const { from, lines } = newest.current
      const total = from + lines.length
      if (total <= read) return
      const last = lines.slice(-Math.min(mostLines, total - read)).map((line) => shownLine(line).slice(0, 300))
      setWords(total - read > mostLines ? `${total - read} lines, the last: ${last.join('\n')}` : last.join('\n'))
      read = total
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className="hidden" aria-live="polite">
      {words}
    </p>
  )
}
