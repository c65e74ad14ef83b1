import { useEffect, useState } from 'react'
import { visible } from '../text/text.ts'

type Copied = 'no' | 'yes' | 'failed'

const words: Readonly<Record<Copied, string>> = { no: 'copy', yes: 'copied', failed: 'cannot copy' }

/** Copies the whole value and says so for two seconds. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState<Copied>('no')
  useEffect(() => {
    if (copied === 'no') return
    const timer = setTimeout(() => setCopied('no'), 2_000)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    )
  }
  return (
    <button type="button" className="copy" onClick={copy}>
      <span aria-live="polite">{words[copied]}</span>
      <span className="hidden"> {visible(what)}</span>
    </button>
  )
}
