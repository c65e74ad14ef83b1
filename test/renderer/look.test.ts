import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../renderer/styles/tokens.css', import.meta.url), 'utf8')

/** The tokens of a theme, as the style sheet states them. */
function tokensOf(theme: string): ReadonlyMap<string, string> {
  const block = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return new Map(
    [...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

// WCAG 2.2, relative luminance and contrast ratio.
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

const grounds: Readonly<Record<string, readonly string[]>> = {
  ink: ['paper', 'sheet', 'thread-soft', 'cut-soft'],
  'ink-2': ['paper', 'sheet', 'cut-soft'],
  'ink-3': ['paper', 'sheet'],
  thread: ['paper', 'sheet', 'thread-soft'],
  cut: ['paper', 'sheet', 'cut-soft'],
  caution: ['paper', 'sheet'],
  paper: ['ink', 'ink-2', 'thread'],
}

describe.each(['light', 'dark', 'projector'])('the theme %s', (theme) => {
  const tokens = tokensOf(theme)
  const colour = (name: string): string => tokens.get(name) ?? '#ff00ff'

  it('states every colour', () => {
    expect([...tokens.keys()].sort()).toEqual(
      [
        'caution',
        'cut',
        'cut-soft',
        'edge',
        'ink',
        'ink-2',
        'ink-3',
        'paper',
        'rule',
        'sheet',
        'thread',
        'thread-soft',
      ].sort(),
    )
  })

  it.each(Object.entries(grounds).flatMap(([text, on]) => on.map((ground) => [text, ground] as const)))(
    'writes %s on %s with a contrast of 4.5 or more',
    (text, ground) => {
      expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5)
    },
  )

  it('draws shapes with a contrast of 3 or more', () => {
    for (const ground of ['paper', 'sheet']) expect(contrast(colour('edge'), colour(ground))).toBeGreaterThanOrEqual(3)
  })
})
