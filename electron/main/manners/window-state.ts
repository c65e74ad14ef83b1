import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import writeFileAtomic from 'write-file-atomic'
import * as z from 'zod'

const whole = z.number().int().min(-100_000).max(100_000)
const size = z.number().int().min(100).max(100_000)
const schema = z.object({ x: whole, y: whole, width: size, height: size, maximized: z.boolean() })

/** The window's last position when it was not maximized, and whether it was maximized. */
export type WindowState = z.infer<typeof schema>

/** The part of a window that must lie on a display, so that it can be seen and dragged. */
const grip = { width: 200, height: 80 }

/** The same position if enough of it lies on an existing display; else centred on the first, no larger than it. */
export function placedOn(state: WindowState, displays: readonly Rectangle[]): WindowState {
  const [first] = displays
  if (first === undefined) return state
  const home = displays.find((display) => reachable(state, display))
  const { x, y, width, height } = home ?? first
  const fitting = { ...state, width: Math.min(state.width, width), height: Math.min(state.height, height) }
  return home === undefined
    ? {
        ...fitting,
        x: x + Math.round((width - fitting.width) / 2),
        y: y + Math.round((height - fitting.height) / 2),
      }
    : fitting
}

/** Whether the top of the window, with its title bar, lies on the display. */
const reachable = (window: WindowState, display: Rectangle): boolean =>
  Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x) >= grip.width &&
  window.y >= display.y &&
  window.y <= display.y + display.height - grip.height

/** The saved position on the existing displays; undefined if nothing usable was saved. */
export function readWindowState(file: string, displays: readonly Rectangle[]): WindowState | undefined {
  try {
    return placedOn(schema.parse(JSON.parse(readFileSync(file, 'utf8'))), displays)
  } catch {
    // Missing or not ours: the window opens as on the first start.
    return undefined
  }
}

/** A move or resize is over when nothing has changed for this long. */
const settledMs = 400

/**
 * Saves the window's position after each change. Returns a function that saves it at once, before the program ends. A
 * failure to save stops nothing.
 */
export function keepWindowState(window: BrowserWindow, file: string): () => void {
  let timer: NodeJS.Timeout | undefined
  const keep = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return
    const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() }
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileAtomic.sync(file, JSON.stringify(state), { mode: 0o600 })
    } catch {
      // A full disk, for one.
    }
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(keep, settledMs)
  }
  window.on('resize', soon)
  window.on('move', soon)
  window.on('maximize', soon)
  window.on('unmaximize', soon)
  return keep
}
