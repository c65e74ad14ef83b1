import { expect, it } from 'vitest'
import { missingRights } from '../../../src/core/machine/rights.ts'

it.each([
  ['everything', '000001ffffffffff', true],
  ['CAP_SYS_PTRACE alone', '0000000000080000', true],
  ['what Docker leaves a container', '00000000a80425fb', false],
  ['nothing', '0000000000000000', false],
])('with %s, containers can be looked into: %s', (_, effective, may) => {
  const problem = missingRights(`Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\n`)
  expect(problem === undefined).toBe(may)
  if (!may) expect(problem).toMatchObject({ code: 'machine.no-ptrace', found: `CapEff ${effective}` })
})

it('an unreadable status says nothing', () => {
  expect(missingRights('Name:\tnode\n')).toBeUndefined()
})
