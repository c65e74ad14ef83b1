import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { arrangement, bringBack, placeFor } from '../../../electron/main/manners/window-places.ts'

const display = (id: number, x: number, width: number, height: number) => ({
  id,
  bounds: { x, y: 0, width, height },
  workArea: { x, y: 0, width, height: height - 40 },
})
const laptop = display(1, 0, 1920, 1080)
const beamer = display(2, 1920, 1280, 720)
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-'))
  file = join(folder, 'presenter.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the place of a second window', () => {
  const keep = (places: unknown) => writeFileSync(file, JSON.stringify(places))

  it('is the middle of the display that the first one is not on, no larger than it', () => {
    expect(placeFor(file, [laptop, beamer], beamer)).toEqual({ x: 320, y: 120, width: 1280, height: 800 })
    expect(placeFor(file, [laptop, beamer], laptop)).toEqual({ x: 1920, y: 0, width: 1280, height: 680 })
  })

  it('is the middle of the only display', () => {
    expect(placeFor(file, [laptop], laptop)).toEqual({ x: 320, y: 120, width: 1280, height: 800 })
  })

  it('is where it was with the same displays, whatever their order, and not with others', () => {
    const there = { x: 100, y: 50, width: 900, height: 600 }
    keep({ [arrangement([laptop, beamer])]: there })
    expect(placeFor(file, [beamer, laptop], beamer)).toEqual(there)
    expect(placeFor(file, [laptop], laptop)).not.toEqual(there)
    expect(arrangement([laptop, beamer])).not.toBe(arrangement([laptop, display(2, -1280, 1280, 720)]))
  })

  it('is on a display even if the kept place is on none', () => {
    keep({ [arrangement([laptop])]: { x: 9_000, y: 9_000, width: 900, height: 600 } })
    expect(placeFor(file, [laptop], laptop)).toEqual({ x: 510, y: 220, width: 900, height: 600 })
  })

  it.each(['', '[]', '{"a":{"x":"1"}}', '{"a":{"x":1e9,"y":0,"width":900,"height":600}}'])(
    'is the usual one if the file holds %s',
    (text) => {
      writeFileSync(file, text)
      expect(placeFor(file, [laptop], laptop)).toEqual({ x: 320, y: 120, width: 1280, height: 800 })
    },
  )

  it('is on a display that exists once its own has gone', () => {
    const setBounds = vi.fn()
    const window = {
      isDestroyed: () => false,
      getBounds: () => ({ x: 2_000, y: 100, width: 900, height: 500 }),
      setBounds,
    }
    bringBack(window as unknown as Parameters<typeof bringBack>[0], [laptop])
    expect(setBounds).toHaveBeenCalledWith({ x: 510, y: 270, width: 900, height: 500 })
  })
})
