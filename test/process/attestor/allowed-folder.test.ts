import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseMountTable } from '../../../src/core/attestor/gates/launch/mount-table.ts'
import { isOneOf } from '../../../src/core/attestor/gates/launch/pod/allowed-folder.ts'

// A CSI driver's volume in a container. The machine's folders: the agent's, with a copy of the same name elsewhere.
let base: string
let root: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'allowed-folder-'))
  root = join(base, 'root')
  for (const name of ['agent', 'other', 'root/spiffe', 'proc']) mkdirSync(join(base, name), { recursive: true })
})
afterEach(() => {
  execFileSync('umount', [join(root, 'spiffe')], { stdio: 'ignore' })
  rmSync(base, { recursive: true })
})

const mount = (...args: string[]): void => void execFileSync('mount', [...args, join(root, 'spiffe')])
/** The kernel's list as the container would see it. */
const table = () =>
  parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'))
    .filter(({ target }) => target.startsWith(`${root}/`))
    .map((each) => ({ ...each, target: each.target.slice(root.length) }))
const asked = (...folders: string[]) =>
  isOneOf(folders, { path: '/spiffe', root, table: table(), procFolder: join(base, 'proc') })

const needsRoot = process.getuid?.() !== 0
it.skipIf(needsRoot)('the agent\u2019s own folder is recognized in a volume, another one is not (needs root)', () => {
  mount('--bind', join(base, 'agent'))
  expect(asked(join(base, 'agent'))).toBe(true)
  expect(asked('/none', join(base, 'agent'))).toBe(true)
  expect(asked(join(base, 'other'))).toBe(false)
  expect(asked(base)).toBe(false)
  expect(asked()).toBe(false)
})

it.skipIf(needsRoot)('it is found where the first process of the machine sees it (needs root)', () => {
  // The path is the machine's, and the agent's container has nothing there.
  mkdirSync(join(base, 'proc', '1'))
  symlinkSync(base, join(base, 'proc', '1', 'root'))
  mount('--bind', join(base, 'agent'))
  expect(asked('/agent')).toBe(true)
  expect(asked('/other')).toBe(false)
})

it.skipIf(needsRoot)('a file system of somebody else\u2019s is none of them (needs root)', () => {
  mount('-t', 'tmpfs', 'none')
  expect(asked(join(base, 'agent'))).toBe(false)
})
