import { describe, expect, it } from 'vitest'
import { mask, Redactor } from '../../../src/core/process/redactor.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const repository = 'registry.example:5000/team-a/hello'

function chosen(secret: string): Redactor {
  const redactor = new Redactor()
  redactor.keep('registry.example:5000')
  redactor.keep(repository)
  redactor.addChosen(secret)
  return redactor
}

describe('a password that a person chose', () => {
  it.each(['team-a', 'sha256', 'registry', 'registry.example:5000', 'a'])('%j is part of no name', (password) => {
    const text = `pushed ${repository}@${digest}`
    expect(chosen(password).clean(text)).toBe(text)
    expect(chosen(password).cleanName(password)).toBe(password)
  })

  it.each(['team-a', 'sha256', 'registry.example:5000', 'team-a-x9', 'registry.example:5000/team-a/hello-x9'])(
    '%j is masked where it stands alone',
    (password) => {
      const said = chosen(password).clean(`login as me:${password} failed, password "${password}"`)
      expect(said).toBe(`login as me:${mask} failed, password "${mask}"`)
    },
  )

  it('is masked where a name ends in the middle of it', () => {
    expect(chosen('hello-secret').clean('registry.example:5000/team-a/hello-secret')).toBe(
      `registry.example:5000/team-a/${mask}`,
    )
  })
})

it('a generated secret is masked in names as well', () => {
  const redactor = new Redactor()
  redactor.add('0123456789abcdef')
  expect(redactor.cleanName('x0123456789abcdefy')).toBe(`x${mask}y`)
})
