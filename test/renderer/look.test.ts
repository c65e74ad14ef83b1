import { describe, expect, it } from 'vitest'
import { contrast, tokensOf } from './tokens.ts'

const grounds: Readonly<Record<string, readonly string[]>> = {
  ink: ['paper', 'sheet', 'thread-soft', 'cut-soft'],
  'ink-2': ['paper', 'sheet', 'cut-soft'],
  'ink-3': ['paper', 'sheet'],
  thread: ['paper', 'sheet', 'thread-soft'],
  cut: ['paper', 'sheet', 'cut-soft'],
  caution: ['paper', 'sheet'],
  public: ['paper', 'sheet'],
  paper: ['ink', 'ink-2', 'thread', 'public'],
}

describe.each(['light', 'dark', 'projector'])('the theme %s', (theme) => {
  const tokens = tokensOf(theme, 'styles/tokens.css')
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
        'public',
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
