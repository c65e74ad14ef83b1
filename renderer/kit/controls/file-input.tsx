import type { Ref } from 'react'

interface FileInputProps {
  /** Pressed by the button that stands for it. */
  readonly input: Ref<HTMLInputElement>
  readonly label: string
  /** The ending of the files, with its dot. */
  readonly accept: string
  readonly onChoose: (file: File) => void
}

/** The browser's own way to choose a file, out of sight. */
export function FileInput({ input, label, accept, onChoose }: FileInputProps) {
  return (
    <input
      ref={input}
      type="file"
      accept={accept}
      aria-label={label}
      hidden
      onChange={({ target }) => {
        const file = target.files?.[0]
        // The same file can be chosen again once it is fixed.
        target.value = ''
        if (file !== undefined) onChoose(file)
      }}
    />
  )
}
