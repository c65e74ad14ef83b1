import type { Input, WebContents } from 'electron'

/** The effect of a key on the zoom. */
export type Zoom = 'in' | 'out' | 'reset'

/** Chromium's levels: 1.2 to the power of the level, so 48 % to 249 %. */
const levels = { least: -4, most: 5, step: 0.5 } as const

/**
 * The effect of a pressed key on the zoom, on any keyboard layout: by the character that it types (German, Spanish and
 * Swedish have a plus key, English has it on the equals sign), on the keypad and for zero by the physical key (French
 * types zero with Shift).
 */
export function zoomOfKey({ type, control, alt, meta, key, code }: ZoomInput): Zoom | undefined {
  if (type !== 'keyDown' || !control || alt || meta) return undefined
  if (key === '+' || key === '=' || code === 'NumpadAdd') return 'in'
  if (key === '-' || key === '_' || code === 'NumpadSubtract') return 'out'
  return key === '0' || code === 'Digit0' || code === 'Numpad0' ? 'reset' : undefined
}
type ZoomInput = Pick<Input, 'type' | 'control' | 'alt' | 'meta' | 'key' | 'code'>

/** The next level, within the bounds. */
export const zoomed = (level: number, by: Zoom): number =>
  by === 'reset' ? 0 : Math.min(levels.most, Math.max(levels.least, level + (by === 'in' ? levels.step : -levels.step)))

/** Zooms a page. */
export function zoomPage(contents: WebContents, by: Zoom): void {
  contents.setZoomLevel(zoomed(contents.getZoomLevel(), by))
}

/** Zooms a page by the keys above, and by the wheel with Ctrl. */
export function zoomByHand(contents: WebContents): void {
  contents.on('before-input-event', (event, input) => {
    const by = zoomOfKey(input)
    if (by === undefined) return
    event.preventDefault()
    zoomPage(contents, by)
  })
  contents.on('zoom-changed', (_event, direction) => zoomPage(contents, direction))
}
