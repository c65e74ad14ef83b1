import { describe, expect, it } from 'vitest'
import { besideHeadline, pairsOf, partingOf } from '../../renderer/compare/rows.ts'
import type { RunEvent } from '../../src/core/workflow/events.ts'
import { recorded } from './recorded.ts'

const good = recorded('signed')
const kinds = (attack: string) =>
  pairsOf(good, recorded(attack))
    .filter(({ kind }) => kind !== 'same')
    .map(({ id, kind }) => `${id} ${kind}`)
const at = (type: string, step: string) => (event: RunEvent) =>
  event.type === type && 'step' in event && event.step === step

describe('the good story beside an attack', () => {
  it('parts at the gate of the attack, once, and differs before it only in the one thing that was changed', () => {
    expect(kinds('tampered')).toEqual(['push fresh', 'tamper differs', 'gate-signature parts'])
    expect(kinds('unsigned')).toEqual(['push fresh', 'sign differs', 'verify differs', 'gate-signature parts'])
    expect(kinds('wrong-signer')).toEqual(['push fresh', 'sign differs', 'verify differs', 'gate-entry parts'])
    expect(kinds('impostor')).toEqual(['push fresh', 'impersonate differs', 'gate-registry parts'])
    expect(kinds('borrowed-signature')).toEqual([
      'push fresh',
      'tamper differs',
      'copy-signature differs',
      'gate-signature parts',
    ])
    expect(kinds('wrong-issuer')).toEqual(['push fresh', 'sign differs', 'verify differs', 'gate-entry parts'])
    expect(kinds('borrowed-image')).toEqual(['push fresh', 'borrow differs', 'gate-launch parts'])
  })

  it('has an unbroken thread on one side of the parting, and none after it on the other', () => {
    const pairs = pairsOf(good, recorded('tampered'))
    const parting = pairs.findIndex(({ kind }) => kind === 'parts')
    expect(pairs[parting]).toMatchObject({ left: { thread: 'whole' }, right: { thread: 'cut', word: 'not present' } })
    expect(pairs.slice(parting + 1)).toMatchObject([
      { title: 'Signer … entry', left: { thread: 'whole' }, right: { thread: 'open', word: 'not reached' } },
    ])
  })

  it('does not treat being behind as a difference', () => {
    const behind = recorded('tampered', at('step.started', 'sign'))
    const pairs = pairsOf(good, behind)
    expect(partingOf(pairs)).toBeNull()
    expect(pairs.filter(({ kind }) => kind === 'differs').map(({ id }) => id)).toEqual(['tamper'])
    expect(pairs.find(({ id }) => id === 'sign')?.right).toMatchObject({ thread: 'now', says: null })
  })

  it('is ready before anything was run, and never shows a parting before it happens', () => {
    expect(pairsOf(null, null).every(({ kind }) => kind === 'same')).toBe(true)
    expect(besideHeadline('tampered', null, null, null).headline).toBe('The same story twice, with one thing changed')
    const bad = recorded('tampered')
    expect(besideHeadline('tampered', good, bad, partingOf(pairsOf(good, bad))).headline).toBe(
      'They part at the gate “signature”',
    )
    expect(besideHeadline('tampered', good, good, partingOf(pairsOf(good, good))).headline).toContain('do not part')
    expect(besideHeadline('unsigned', good, null, null).headline).toBe('“Unsigned” has not been run yet')
  })
})
