/** One bar of a digest strip, in units of the strip's own box. */
export interface Bar {
  readonly x: number
  readonly y: number
  readonly height: number
}

/** The box of a strip: 32 bars, four units wide, six apart. */
export const stripBox = { width: 32 * 6 - 2, height: 24, bar: 4 } as const

/**
 * The bars of 32 bytes in hex (`sha256:` allowed): one bar a byte, its height the value; undefined for anything else.
 */
export function stripBars(value: string): readonly Bar[] | undefined {
  const hex = value.replace(/^sha256:/, '')
  if (!/^[0-9a-f]{64}$/.test(hex)) return undefined
  return Array.from({ length: 32 }, (_, index) => {
    const byte = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
    // The smallest byte is still a bar.
    const height = Math.round((1.5 + (byte / 255) * (stripBox.height - 1.5)) * 10) / 10
    return { x: index * 6, y: Math.round((stripBox.height - height) * 10) / 10, height }
  })
}
