import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BrowserWindow, Display, Rectangle } from 'electron'
import writeFileAtomic from 'write-file-atomic'
import * as z from 'zod'
import { placedOn } from './window-state.ts'

const whole = z.number().int().min(-100_000).max(100_000)
const size = z.number().int().min(100).max(100_000)
const place = z.object({ x: whole, y: whole, width: size, height: size })
/** One place for each arrangement of displays: at home, and in the lecture hall. */
const schema = z.record(z.string().max(2_000), place)

const usual = { width: 1280, height: 800 }

/** An arrangement of displays, as a key: the same displays at the same places. */
export const arrangement = (displays: readonly Pick<Display, 'bounds'>[]): string =>
  displays
    .map(({ bounds: { x, y, width, height } }) => `${width}x${height}+${x}+${y}`)
    .toSorted()
    .join(' ')

type Shown = Pick<Display, 'id' | 'bounds' | 'workArea'>

/**
 * Where a window belongs that accompanies another one: where it was with these displays, else in the middle of one that
 * the other window is not on, else of the only one.
 */
export function placeFor(file: string, displays: readonly Shown[], taken: Pick<Display, 'id'>): Rectangle {
  const free = displays.find(({ id }) => id !== taken.id) ?? displays[0]
  const areas = [...(free === undefined ? [] : [free.workArea]), ...displays.map(({ workArea }) => workArea)]
  const kept = read(file)[arrangement(displays)]
  const { maximized: _, ...bounds } = placedOn(
    { ...(kept ?? { x: -100_000, y: -100_000, ...usual }), maximized: false },
    areas,
  )
  return bounds
}

/** Keeps a window's place for the displays that there are when it is moved. A failure to save stops nothing. */
export function keepPlace(window: BrowserWindow, file: string, displays: () => readonly Display[]): void {
  const keep = (): void => {
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const places = { ...read(file), [arrangement(displays())]: window.getNormalBounds() }
      writeFileAtomic.sync(file, JSON.stringify(places), { mode: 0o600 })
    } catch {
      // A full disk, for one.
    }
  }
  window.on('moved', keep)
  window.on('resized', keep)
  window.on('close', keep)
}

/** Brings a window back whose display has disappeared. */
export function bringBack(window: BrowserWindow, displays: readonly Pick<Display, 'workArea'>[]): void {
  if (window.isDestroyed()) return
  const areas = displays.map(({ workArea }) => workArea)
  const { maximized: _, ...bounds } = placedOn({ ...window.getBounds(), maximized: false }, areas)
  window.setBounds(bounds)
}

function read(file: string): Readonly<Record<string, Rectangle>> {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // Missing or not ours.
    return {}
  }
}
