import { describe, expect, it } from 'vitest'
import type { Held } from '../../../electron/main/leaving/held.ts'
import { leaving } from '../../../electron/main/leaving/leave.ts'
import type { Question } from '../../../electron/main/leaving/question.ts'
import { reloading } from '../../../electron/main/leaving/reload.ts'
import { filesIn } from '../../../electron/main/manners/given-files.ts'
import { placedOn } from '../../../electron/main/manners/window-state.ts'
import { zoomed, zoomOfKey } from '../../../electron/main/manners/zoom.ts'
import { windowMessageSchema } from '../../../src/core/contract/desktop.ts'

describe('zoom by a key', () => {
  const pressed = (key: string, code: string, more = {}) =>
    zoomOfKey({ type: 'keyDown', control: true, alt: false, meta: false, key, code, ...more })

  it.each([
    ['English, Ctrl =', '=', 'Equal', 'in'],
    ['English, Ctrl Shift =', '+', 'Equal', 'in'],
    ['German and Spanish, Ctrl +', '+', 'BracketRight', 'in'],
    ['Swedish, Ctrl +', '+', 'Minus', 'in'],
    ['the keypad, Ctrl +', '+', 'NumpadAdd', 'in'],
    ['English, Ctrl -', '-', 'Minus', 'out'],
    ['English, Ctrl Shift -', '_', 'Minus', 'out'],
    ['German, Ctrl -', '-', 'Slash', 'out'],
    ['French, Ctrl -', '-', 'Digit6', 'out'],
    ['the keypad, Ctrl -', '-', 'NumpadSubtract', 'out'],
    ['English, Ctrl 0', '0', 'Digit0', 'reset'],
    ['French, Ctrl à', 'à', 'Digit0', 'reset'],
    ['the keypad without Num Lock, Ctrl 0', 'Insert', 'Numpad0', 'reset'],
  ] as const)('%s', (_name, key, code, does) => {
    expect(pressed(key, code)).toBe(does)
  })

  it('does nothing without Ctrl, with Alt, on key up, or for another key', () => {
    expect(pressed('+', 'Equal', { control: false })).toBeUndefined()
    expect(pressed('+', 'Equal', { alt: true })).toBeUndefined()
    expect(pressed('+', 'Equal', { type: 'keyUp' })).toBeUndefined()
    expect(pressed('f', 'KeyF')).toBeUndefined()
  })

  it('stays within its bounds', () => {
    expect(zoomed(0, 'in')).toBe(0.5)
    expect(zoomed(5, 'in')).toBe(5)
    expect(zoomed(-4, 'out')).toBe(-4)
    expect(zoomed(3.5, 'reset')).toBe(0)
  })
})

describe('the position of the window', () => {
  const first = { x: 0, y: 0, width: 1920, height: 1050 }
  const right = { x: 1920, y: 0, width: 2560, height: 1400 }
  const state = { x: 2200, y: 100, width: 1280, height: 800, maximized: true }

  it('is restored if its display exists', () => {
    expect(placedOn(state, [first, right])).toEqual(state)
  })
  it('is the middle of the first display if its own is gone', () => {
    expect(placedOn(state, [first])).toEqual({ ...state, x: 320, y: 125 })
  })
  it('is no larger than the display', () => {
    expect(placedOn({ ...state, width: 4000, height: 3000 }, [first])).toEqual({
      ...state,
      x: 0,
      y: 0,
      width: 1920,
      height: 1050,
    })
  })
  it('is corrected if its title bar lies above or below the display', () => {
    expect(placedOn({ ...state, x: 10, y: -500 }, [first]).y).toBe(125)
    expect(placedOn({ ...state, x: 10, y: 1040 }, [first]).y).toBe(125)
  })
  it('is restored if no display is known', () => {
    expect(placedOn(state, [])).toEqual(state)
  })
})

describe('files of a start', () => {
  it('are what follows our main, without switches, relative to the caller\u2019s folder', () => {
    const argv = [
      '/electron',
      '--no-sandbox',
      '-r',
      '/loader.js',
      '/app/main.cjs',
      '--node=/bin/node',
      'a.jsonl',
      '/b.jsonl',
    ]
    expect(filesIn(argv, '/app/main.cjs', '/home')).toEqual(['/home/a.jsonl', '/b.jsonl'])
  })
  it('packaged, are what follows the program', () => {
    expect(filesIn(['/opt/app', 'a.jsonl', '--disable-gpu'], '/opt/app.asar/main.cjs', '/home')).toEqual([
      '/home/a.jsonl',
    ])
  })
})

describe('leaving', () => {
  const nothing = { unsaved: [], recording: false }
  const setUp = (parts: Partial<Parameters<typeof leaving>[0]> = {}) => {
    const asked: Question[] = []
    const exits: (readonly string[])[] = []
    const leave = leaving({
      busy: async () => false,
      held: () => nothing,
      ask: async (question) => {
        asked.push(question)
        return false
      },
      stop: async () => [],
      exit: (left) => void exits.push(left),
      ...parts,
    })
    return { asked, exits, leave }
  }

  it('prompts for nothing if nothing would be lost', async () => {
    const { asked, exits, leave } = setUp({ held: () => ({ unsaved: [], recording: true }) })
    await leave.byWindow()
    expect([asked, exits]).toEqual([[], [[]]])
  })

  it('prompts about unsaved text, and stays when it should', async () => {
    const { asked, exits, leave } = setUp({ held: () => ({ unsaved: ['profile'], recording: false }) })
    await leave.byWindow()
    expect(asked).toMatchObject([
      { message: 'Close without saving?', buttons: ['Go on typing', 'Close without saving'] },
    ])
    expect(exits).toEqual([])
  })

  it('says what is not saved: a profile, a talk, or both', async () => {
    for (const [unsaved, detail] of [
      [['profile'], 'The profile that you are writing is not saved.'],
      [['talk'], 'The talk that you are writing is not saved.'],
      [
        ['profile', 'talk'],
        'The profile that you are writing is not saved.\nThe talk that you are writing is not saved.',
      ],
    ] as const) {
      const { asked, leave } = setUp({ held: () => ({ unsaved: [...unsaved], recording: false }) })
      await leave.byWindow()
      expect(asked).toMatchObject([{ detail }])
    }
  })

  it('names both a run in progress and unsaved text', async () => {
    const { asked, leave } = setUp({ busy: async () => true, held: () => ({ unsaved: ['profile'], recording: false }) })
    await leave.byWindow()
    expect(asked).toHaveLength(1)
    expect(asked[0]?.message).toBe('A run is under way.')
    expect(asked[0]?.detail).toContain('not saved')
  })

  it('prompts, and can leave, if the engine does not answer', async () => {
    const { exits, asked, leave } = setUp({
      busy: () => new Promise(() => undefined),
      ask: async (question) => {
        asked.push(question)
        return true
      },
    })
    await leave.byWindow()
    expect(asked).toHaveLength(1)
    expect(exits).toEqual([[]])
  })

  it('leaves if the prompt cannot be shown', async () => {
    const { exits, leave } = setUp({ busy: async () => true, ask: () => Promise.reject(new Error('no dialog')) })
    await leave.byWindow()
    expect(exits).toEqual([[]])
  })

  it('prompts again at a second press, and the first prompt is closed', async () => {
    const signals: AbortSignal[] = []
    const answers: ((yes: boolean) => void)[] = []
    const { exits, leave } = setUp({
      busy: async () => true,
      ask: (_question, signal) => {
        signals.push(signal)
        return new Promise((resolve) => answers.push(resolve))
      },
    })
    const first = leave.byWindow()
    await expect.poll(() => answers).toHaveLength(1)
    const second = leave.byWindow()
    await expect.poll(() => answers).toHaveLength(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    answers[0]?.(true)
    await first
    expect(exits).toEqual([])
    answers[1]?.(true)
    await second
    expect(exits).toEqual([[]])
  })

  it('can be left while stopping does not end', async () => {
    const { exits, asked, leave } = setUp({
      stop: () => new Promise(() => undefined),
      ask: async (question) => {
        asked.push(question)
        return true
      },
    })
    void leave.atOnce()
    await leave.byWindow()
    expect(asked).toMatchObject([{ buttons: ['Wait', 'Close now'] }])
    expect(exits).toEqual([['The window was closed before everything had stopped.']])
  })
})

describe('reloading', () => {
  const setUp = (held: Held, yes: boolean) => {
    const did: string[] = []
    const reload = reloading({
      held: () => held,
      ask: async ({ detail }) => {
        did.push(detail)
        return yes
      },
      reload: () => void did.push('reloaded'),
    })
    return { did, reload }
  }

  it('prompts for nothing if nothing would be lost', async () => {
    const { did, reload } = setUp({ unsaved: [], recording: false }, false)
    await reload()
    expect(did).toEqual(['reloaded'])
  })
  it('prompts about text and recordings, and follows the answer', async () => {
    const both = setUp({ unsaved: ['profile'], recording: true }, false)
    await both.reload()
    expect(both.did).toEqual([
      'The profile that you are writing is not saved.\nThe recording that is open will be closed.',
    ])
    const recording = setUp({ unsaved: [], recording: true }, true)
    await recording.reload()
    expect(recording.did).toEqual(['The recording that is open will be closed.', 'reloaded'])
  })
})

it('a message of the page to its window is exactly one of the four', () => {
  const good = [
    { kind: 'holds', unsaved: ['profile'], recording: false },
    { kind: 'escape' },
    { kind: 'take-file' },
    { kind: 'value-menu', value: 'v'.repeat(65_536) },
  ]
  const bad = [
    null,
    'escape',
    {},
    { kind: 'quit' },
    { kind: 'escape', more: 1 },
    { kind: 'holds', unsaved: 'yes', recording: false },
    { kind: 'take-file', path: '/etc/passwd' },
    { kind: '__proto__' },
    { kind: 'value-menu' },
    { kind: 'value-menu', value: '' },
    { kind: 'value-menu', value: 7 },
    { kind: 'value-menu', value: 'v'.repeat(65_537) },
    { kind: 'value-menu', value: 'v', label: 'Quit' },
  ]
  expect(good.filter((message) => !windowMessageSchema.safeParse(message).success)).toEqual([])
  expect(bad.filter((message) => windowMessageSchema.safeParse(message).success)).toEqual([])
})
