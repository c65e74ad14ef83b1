import { maskedText } from './masking.ts'
import { visible } from './text.ts'
import './elided.css'

const hash = /\b(?:sha256:)?[0-9a-f]{40,128}\b/g
const keep = 8

const Middle = ({ text }: { text: string }) => <span className="elided">{text}</span>

/**
 * A sentence in which hashes show their ends only. The middle is in the document all the same: copying and searching
 * use the whole.
 */
export function Elided({ text: whole }: { text: string }) {
  const text = maskedText(whole)
  const pieces = []
  let done = 0
  for (const { 0: found, index } of text.matchAll(hash)) {
    const end = index + found.length
    const from = found.startsWith('sha256:') ? index + 'sha256:'.length + keep : index + keep
    pieces.push(visible(text.slice(done, from)), <Middle key={index} text={text.slice(from, end - keep)} />)
    done = end - keep
  }
  pieces.push(visible(text.slice(done)))
  return <>{pieces}</>
}

/** A value with its ends shown, without a digest's algorithm; what fits is shown whole. */
export function ElidedValue({ value }: { value: string }) {
  const bare = maskedText(value).replace(/^sha256:/, '')
  if (bare.length <= keep * 2 + 3) return visible(bare)
  return (
    <>
      {visible(bare.slice(0, keep))}
      <Middle text={visible(bare.slice(keep, -keep))} />
      {visible(bare.slice(-keep))}
    </>
  )
}
