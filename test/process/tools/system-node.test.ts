import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemNode } from '../../../src/core/tools/setup/system-node.ts'

let place: string
const program = async (folder: string, says: string): Promise<string> => {
  await mkdir(join(place, folder), { recursive: true })
  await writeFile(join(place, folder, 'node'), `#!/bin/sh\necho '${says}'\n`)
  await chmod(join(place, folder, 'node'), 0o755)
  return join(place, folder)
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'system-node-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

it('the first that is new enough is used; older ones, and anything that is not a Node, are skipped', async () => {
  const old = await program('old', 'v18.20.4')
  const strange = await program('strange', 'hello')
  const fit = await program('fit', 'v20.18.0')
  const path = ['relative', old, strange, fit, dirname(process.execPath)].join(':')
  expect(await systemNode('', path)).toEqual({ ok: true, value: join(fit, 'node') })
})

it('a configured one is used unchanged, when its path is absolute', async () => {
  expect(await systemNode('/opt/node', '')).toEqual({ ok: true, value: '/opt/node' })
  const found = await systemNode('node', dirname(process.execPath))
  expect(found.ok && found.value).toBe(process.execPath)
})

it('none is an error that names those that are too old', async () => {
  const old = await program('old', 'v18.20.4')
  const found = await systemNode('', old, [])
  expect(found).toMatchObject({ ok: false, error: { code: 'machine.no-node' } })
  expect(!found.ok && found.error.found).toBe(`${join(old, 'node')} 18.20.4`)
})
