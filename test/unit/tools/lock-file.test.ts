import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parseLockFile } from '../../../src/core/tools/lock-file.ts'
import { storyToolIds, toolIds } from '../../../src/core/tools/tool.ts'

const shipped = await readFile(new URL('../../../assets/tools.lock.json', import.meta.url), 'utf8')

/** The shipped lock file with one thing changed. */
function changed(change: (programs: Record<string, Record<string, unknown>>) => void): string {
  const json = JSON.parse(shipped)
  change(json.programs)
  return JSON.stringify(json)
}

const failure = (text: string): string => {
  const result = parseLockFile(text, 'the.lock')
  return result.ok ? 'it was accepted' : (result.error.found ?? '')
}

describe('the lock file', () => {
  test('as shipped names every tool exactly once and leaves cosign to compile while SPIRE is linked', () => {
    const result = parseLockFile(shipped, 'the.lock')
    if (!result.ok) throw new Error(result.error.found)
    const ids = result.value.flatMap(({ tools }) => tools.map(({ id }) => id))
    expect([...ids].sort()).toEqual([...toolIds].sort())
    const story = result.value.filter(({ tools }) => tools.some(({ id }) => storyToolIds.some((each) => each === id)))
    expect(story.slice(-2).map(({ name }) => name)).toEqual(['spire', 'cosign'])
  })

  test('fills the version into paths inside archives', () => {
    const result = parseLockFile(shipped, 'the.lock')
    const server = result.ok
      ? result.value.flatMap(({ tools }) => tools).find(({ id }) => id === 'spire-server')
      : undefined
    expect(server?.archived).toMatch(/^spire-\d+\.\d+\.\d+\/bin\/spire-server$/)
  })

  test('that is not JSON is refused', () => {
    expect(failure('{"programs": ')).toBe('it is not JSON')
  })

  test('that is JSON of another shape is refused, with the place', () => {
    expect(failure('[]')).toMatch(/^top: /)
    expect(failure(changed((programs) => (programs['cosign']!['version'] = 3)))).toMatch(/^programs\.cosign\.version: /)
  })

  test('with a misspelt field is refused instead of ignoring the check that it names', () => {
    const text = changed((programs) => {
      const release = programs['cosign']!['release'] as Record<string, unknown>
      release['chek'] = release['check']
    })
    expect(failure(text)).toMatch(/^programs\.cosign\.release/)
  })

  test('that lacks a tool, or names one twice, is refused', () => {
    expect(failure(changed((programs) => delete programs['registry']))).toBe('registry stands in it 0 times')
    expect(failure(changed((programs) => (programs['again'] = programs['fulcio']!)))).toBe(
      'fulcio stands in it 2 times',
    )
  })

  test.each([
    ['an address without https', 'asset', 'http://example.org/cosign'],
    ['a range that is none', 'accepts', 'the newest'],
  ])('with %s is refused', (_what, field, value) => {
    const text = changed((programs) => {
      const cosign = programs['cosign']!
      if (field === 'asset') (cosign['release'] as Record<string, unknown>)['asset'] = value
      else cosign[field] = value
    })
    expect(failure(text)).toContain(field)
  })

  test.each(['(', 'no group', '(a)(b)'])('with the version pattern %j is refused', (pattern) => {
    const text = changed((programs) => (programs['cosign']!['reports'] = { arguments: [], pattern }))
    expect(failure(text)).toContain('reports.pattern')
  })

  test.each(['/etc/passwd', '../../bin/sh', 'a/../../b'])('with the archive member %j is refused', (archived) => {
    const text = changed((programs) => {
      programs['cosign']!['tools'] = { cosign: { commands: [], built: 'cosign', archived } }
    })
    expect(failure(text)).toContain('archived')
  })
})
