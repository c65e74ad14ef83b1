import { useEffect } from 'react'
import type { AppError } from '../../../src/core/domain/app-error.ts'
import { useMasking } from '../../kit/text/masking.ts'
import { visible } from '../../kit/text/text.ts'
import { desktop } from '../../state/bridge.ts'

/** Reports to the window what closing or reloading would lose. */
export function useHeld({
  profile,
  talk,
  recording,
}: Readonly<Record<'profile' | 'talk' | 'recording', boolean>>): void {
  useEffect(() => {
    const unsaved = [...(profile ? ['profile' as const] : []), ...(talk ? ['talk' as const] : [])]
    void desktop()?.send({ kind: 'holds', unsaved, recording })
  }, [profile, talk, recording])
}

/** Leaves full screen at an Escape that nothing on the page handled. */
export function useEscape(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || document.querySelector('dialog[open], :popover-open') !== null) return
      // Other listeners come first.
      setTimeout(() => {
        if (!event.defaultPrevented) void desktop()?.send({ kind: 'escape' })
      })
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

/** What opens a recording. */
interface Opens {
  readonly openText: (text: string) => void
  readonly openFile: (file: File) => void
  readonly refuse: (error: AppError) => void
}

/** Opens recordings that the program was given as arguments, or that are dropped on the window. */
export function useGivenFiles({ openText, openFile, refuse }: Opens): void {
  useEffect(() => {
    const window = desktop()
    if (window === undefined) return
    const take = async () => {
      for (;;) {
        const file = await window.send({ kind: 'take-file' })
        if (file === null) return
        if ('error' in file) refuse(file.error)
        else openText(file.text)
      }
    }
    void take()
    return window.onFile(() => void take())
  }, [openText, refuse])
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    }
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0]
      if (file === undefined) return
      event.preventDefault()
      openFile(file)
    }
    document.addEventListener('dragover', over)
    document.addEventListener('drop', drop)
    return () => {
      document.removeEventListener('dragover', over)
      document.removeEventListener('drop', drop)
    }
  }, [openFile])
}

/** Shows what is open in the window's title. */
export function useTitle(parts: readonly string[]): void {
  // Masked as the page is, and without what would turn its direction round.
  useMasking()
  const title = visible([...parts, 'sigstore-attestor'].join(' – '))
  useEffect(() => {
    document.title = title
  }, [title])
}
