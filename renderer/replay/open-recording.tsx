import { useRef } from 'react'
import { Button } from '../kit/controls/button.tsx'

interface OpenRecordingProps {
  readonly onOpen: (file: File) => void
}

/** A button to choose a recording file. */
export function OpenRecording({ onOpen }: OpenRecordingProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".jsonl"
        aria-label="A file with a recording"
        hidden
        onChange={({ target }) => {
          const file = target.files?.[0]
          // The same file can be chosen again once it is fixed.
          target.value = ''
          if (file !== undefined) onOpen(file)
        }}
      />
      <Button onPress={() => input.current?.click()}>Open a recording…</Button>
    </>
  )
}
