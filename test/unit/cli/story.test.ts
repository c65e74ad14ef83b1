import { describe, expect, it } from 'vitest'
import { parseStoryArguments } from '../../../src/cli/story/arguments.ts'
import { paintFor, printable } from '../../../src/cli/story/paint.ts'
import { commandLines, shellQuote } from '../../../src/cli/story/shell.ts'
import { digestStrip } from '../../../src/cli/story/strip.ts'
import { digestOf, parseDigest } from '../../../src/core/domain/oci/digest.ts'

describe('the words after story', () => {
  it('leave the scenarios to the profile when none is named, and named ones run in the order of the story, each once', () => {
    expect(parseStoryArguments([])).toMatchObject({
      ok: true,
      value: { profile: 'sandbox', scenarios: null, persona: null, json: false },
    })
    expect(parseStoryArguments(['--profile', 'acme', '--scenario', 'all'])).toMatchObject({
      value: { profile: 'acme', scenarios: 'all' },
    })
    const twice = parseStoryArguments(['--scenario', 'tampered', '--scenario', 'signed', '--scenario', 'signed'])
    expect(twice).toMatchObject({ value: { scenarios: ['signed', 'tampered'] } })
  })

  it.each([
    [['--scenario', 'sgined'], 'There is no scenario "sgined".'],
    [['--as', 'root'], 'There is no persona "root".'],
    [['--as', 'intern'], '--as goes with --scenario signed'],
    [['--as', 'intern', '--scenario', 'tampered'], '--as goes with --scenario signed'],
    [['--evidence', ''], '--evidence needs a folder'],
    [['--evidence', '--json'], 'ambiguous'],
    [['--nonsense'], 'nonsense'],
    [['signed'], 'signed'],
  ])('%j is refused and says why', (args, why) => {
    const result = parseStoryArguments(args)
    expect(result).toMatchObject({ ok: false, error: { code: 'config.usage' } })
    expect(!result.ok && result.error.what).toContain(why)
  })

  it('may ask for a login by a code', () => {
    expect(parseStoryArguments(['--profile', 'acme', '--device'])).toMatchObject({ value: { device: true } })
    expect(parseStoryArguments([])).toMatchObject({ value: { device: false } })
  })

  it('take a persona with the signed scenario', () => {
    expect(parseStoryArguments(['--scenario', 'signed', '--as', 'intern'])).toMatchObject({
      value: { persona: 'intern' },
    })
  })
})

describe('a command laid out for pasting', () => {
  it('quotes what a shell would interpret and nothing else', () => {
    expect(['a-b=c:d@e', '', "it's", '$HOME', 'a b'].map(shellQuote)).toEqual([
      'a-b=c:d@e',
      "''",
      `'it'\\''s'`,
      `'$HOME'`,
      `'a b'`,
    ])
  })

  it('keeps within the width and stays one command', () => {
    const argv = [
      'cosign',
      'verify',
      '--certificate-identity',
      'engineer@sandbox.example',
      '--trusted-root',
      '/a/b/c.json',
      'localhost:5000/demo/hello',
    ]
    const lines = commandLines(argv, 60)
    expect(lines.every((line) => line.length <= 60)).toBe(true)
    expect(lines.join('\n').replaceAll(/ \\\n\s*/g, ' ')).toBe(argv.join(' '))
  })
})

describe('the digest strip', () => {
  it('has one block a byte, its height the value', () => {
    const digest = parseDigest(`sha256:${'001f20ff'.repeat(8)}`)!
    expect(digestStrip(digest)).toBe('▁▁▂█'.repeat(8))
  })

  it('is the same strip only for the same bytes', () => {
    const strip = (text: string) => digestStrip(digestOf(new TextEncoder().encode(text)))
    expect(strip('a')).toBe(strip('a'))
    expect(strip('a')).not.toBe(strip('b'))
    expect([...strip('a')]).toHaveLength(32)
  })
})

describe('text from outside', () => {
  it('shows control and bidi characters without effect', () => {
    expect(printable('a\u001b[31mred\u202eevil\u0007')).toBe('a\\u001b[31mred\\u202eevil\\u0007')
  })

  it('has no colour without a terminal, with NO_COLOR or on a dumb terminal', () => {
    const text = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv) => paintFor(stream, env)('cut', 'x')
    expect([text({}, {}), text({ isTTY: true }, { NO_COLOR: '1' }), text({ isTTY: true }, { TERM: 'dumb' })]).toEqual([
      'x',
      'x',
      'x',
    ])
    expect(text({ isTTY: true }, {})).toBe('\u001b[33mx\u001b[0m')
  })
})
