import { expect, it } from 'vitest'
import { checkStatePath } from '../../../src/core/machine/environment.ts'

it.each(['${x}', 'a%20b', 'a\\b', 'a"b', 'a\nb', 'a?mode=ro', 'a#b'])(
  'SPIRE could not use %j, which is reported',
  (name) => {
    expect(checkStatePath(`/home/me/${name}`)).toMatchObject({ ok: false, error: { code: 'machine.state-path' } })
  },
)

it.each(['with space', "it's", 'ümläut', 'a:b', 'a=b&c', '日本'])('%j is an ordinary path', (name) => {
  expect(checkStatePath(`/home/me/${name}`)).toEqual({ ok: true, value: undefined })
})
