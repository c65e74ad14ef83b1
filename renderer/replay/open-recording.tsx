import { useRef } from 'react'
import { Button } from '../kit/controls/button.tsx'
import { FileInput } from '../kit/controls/file-input.tsx'

interface OpenRecordingProps {
  readonly onOpen: (file: File) => void
}

/** A button to choose a recording file. */
export function OpenRecording({ onOpen }: OpenRecordingProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <FileInput input={input} label="A file with a recording" accept=".jsonl" onChoose={onOpen} />
      <Button onPress={() => input.current?.click()}>Open a recording…</Button>
    </>
  )
}
