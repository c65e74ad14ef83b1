import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { app } from 'electron'

/** What a GPU process that keeps ending leads to. */
export interface Graphics {
  /** Informs the person, once. */
  readonly notify: (detail: string) => void
  readonly say: (text: string) => void
}

/** This many exits of the GPU process within `withinMs` are no accident. */
const limit = { ends: 3, withinMs: 120_000 } as const

/**
 * Before Electron is ready: selects software rendering if an earlier start's file asks for it, and keeps Chromium from
 * ending the program when the GPU process exits repeatedly, because a run may be under way.
 */
export function prepareGraphics(file: string, say: Graphics['say']): void {
  app.commandLine.appendSwitch('disable-gpu-process-crash-limit')
  if (!existsSync(file)) return
  app.disableHardwareAcceleration()
  say(`The window is drawn in software, because the graphics driver kept failing. To try it again, delete ${file}.`)
}

/** Switches to software rendering from the next start on when the GPU process keeps exiting, and says so. */
export function lookAfterGraphics(file: string, { notify, say }: Graphics): void {
  const ends: number[] = []
  let notified = false
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (type !== 'GPU' || reason === 'clean-exit') return
    ends.push(performance.now())
    say(`The GPU process has ended (${reason}, ${exitCode}).`)
    const recent = ends.slice(-limit.ends)
    if (notified || recent.length < limit.ends || performance.now() - (recent[0] ?? 0) > limit.withinMs) return
    notified = true
    notify(kept(file) ? 'From the next start on the window is drawn in software.' : 'Start with --disable-gpu.')
  })
}

function kept(file: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, 'The GPU process kept ending. Delete this file to draw with the GPU again.\n', { mode: 0o600 })
    return true
  } catch {
    return false
  }
}
