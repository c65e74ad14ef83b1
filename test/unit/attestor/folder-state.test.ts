import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderState, isAsItWas } from '../../../src/core/attestor/folder-state.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-state-'))
  mkdirSync(join(folder, 'run', 'agent'), { recursive: true })
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'run', 'pid'), '7')
  symlinkSync('/etc', join(folder, 'link'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** So late that nothing counts as changed just now. */
const later = () => Date.now() + 60_000
const state = () => {
  const seen = folderState(folder, later())
  if (seen === undefined) throw new Error('the folder could not be looked at')
  return seen
}

describe('a folder', () => {
  it('is as it was while nothing happens in it', () => {
    const before = state()
    readFileSync(join(folder, 'run', 'pid'))
    readdirSync(join(folder, 'empty'))
    expect(isAsItWas(folder, before)).toBe(true)
    expect(isAsItWas(folder, before)).toBe(true)
  })

  const changes: [string, () => void][] = [
    ['a file came', () => writeFileSync(join(folder, 'new'), '')],
    ['a file came further down', () => writeFileSync(join(folder, 'run', 'agent', 'new'), '')],
    ['a file came into a folder that had none', () => writeFileSync(join(folder, 'empty', 'new'), '')],
    ['a file went', () => rmSync(join(folder, 'run', 'pid'))],
    ['a file was written', () => writeFileSync(join(folder, 'run', 'pid'), '8')],
    ['a file has another name', () => renameSync(join(folder, 'run', 'pid'), join(folder, 'run', 'pid2'))],
    ['a file has another name besides', () => linkSync(join(folder, 'run', 'pid'), join(folder, 'empty', 'pid'))],
    ['a file has other rights', () => chmodSync(join(folder, 'run', 'pid'), 0o777)],
    ['a folder was made anew', () => makeAnew('empty')],
    ['a folder was made anew further down', () => makeAnew(join('run', 'agent'))],
    ['a folder became a link', () => makeLink('run')],
    ['a link leads elsewhere', () => makeLink('link')],
    ['it is another one', () => renameSync(swapped(), folder)],
  ]
  function makeAnew(name: string): void {
    rmSync(join(folder, name), { recursive: true })
    mkdirSync(join(folder, name))
  }
  function makeLink(name: string): void {
    rmSync(join(folder, name), { recursive: true })
    symlinkSync('/usr', join(folder, name))
  }
  function swapped(): string {
    rmSync(folder, { recursive: true })
    return mkdtempSync(join(tmpdir(), 'folder-state-'))
  }
  it.each(changes)('is not as it was when %s', (_, change) => {
    const before = state()
    change()
    expect(isAsItWas(folder, before)).toBe(false)
  })

  it('is not as it was when what was done to a file was hidden behind its old time', () => {
    const file = join(folder, 'run', 'pid')
    const [before, old] = [state(), new Date(0)]
    utimesSync(file, old, old)
    expect(isAsItWas(folder, before)).toBe(false)
  })

  it('that was changed just now is not looked at: the next change could have the same time', () => {
    expect(folderState(folder)).toBeUndefined()
    expect(folderState(folder, Date.now() + 1_000)).toBeUndefined()
    expect(folderState(folder, later())).toBeDefined()
  })

  it('with a time to come, or more than is looked at, or that is none, is not looked at', () => {
    for (let file = 0; file < 60; file += 1) writeFileSync(join(folder, 'empty', String(file)), '')
    expect(folderState(folder, later())).toBeUndefined()
    expect(folderState(join(folder, 'run', 'pid'), later())).toBeUndefined()
    expect(folderState(join(folder, 'nothing'), later())).toBeUndefined()
    expect(folderState(join(folder, 'link'), later())).toBeUndefined()
  })

  it('is looked at without an open file left behind', () => {
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    const seen = state()
    for (let time = 0; time < 20; time += 1) isAsItWas(folder, seen)
    folderState(join(folder, 'nothing'), later())
    folderState(folder)
    expect(open()).toBe(before)
  })
})
