import { useEffect, useState } from 'react'
import { maskedText } from '../text/masking.ts'
import { visible } from '../text/text.ts'

type Copied = 'no' | 'yes' | 'failed'

const words: Readonly<Record<Copied, string>> = { no: 'copy', yes: 'copied', failed: 'cannot copy' }
const maskedWords: Readonly<Record<Copied, string>> = { ...words, no: 'copy masked', yes: 'copied masked' }

/** Copies the whole value, as it is shown, and says so for two seconds. While the window masks, it says that too. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState<Copied>('no')
  useEffect(() => {
    if (copied === 'no') return
    const timer = setTimeout(() => setCopied('no'), 2_000)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    navigator.clipboard.writeText(maskedText(text)).then(
      () => setCopied('yes'),
      () => setCopied('failed'),
    )
  }
  return (
    <button type="button" className="copy" onClick={copy}>
      <span aria-live="polite">{(maskedText(text) === text ? words : maskedWords)[copied]}</span>
      <span className="hidden"> {visible(what)}</span>
    </button>
  )
}
