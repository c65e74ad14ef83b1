import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findRunTime } from '../../../src/cli/window/runtime/runtime.ts'
import { writeManifest } from '../../../src/core/tools/cache/folder-manifest.ts'

let root: string
let executable: string
const assets = () => join(root, 'assets')
const platform = `${process.platform}-${process.arch}`

/** A prepared runtime of a few small files, and an npm package electron without a binary. */
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'run-time-'))
  mkdirSync(assets())
  mkdirSync(join(root, 'package'))
  writeFileSync(join(root, 'package', 'package.json'), '{"version":"45.0.0"}')
  const carried = {
    platform,
    package: '@a/carrier',
    version: '1.0.0',
    electron: '33.0.0',
    integrity: `sha512-${'A'.repeat(86)}==`,
    bytes: 1,
    archive: 'a.zip',
    folder: 'A',
    executable: 'A',
  }
  writeFileSync(join(assets(), 'electron.lock.json'), JSON.stringify({ about: 'a test', carried: [carried] }))
  const folder = join(root, 'cache', 'run-time', 'electron-33.0.0-2')
  mkdirSync(join(folder, 'locales'), { recursive: true })
  executable = join(folder, 'electron')
  writeFileSync(executable, '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(join(folder, 'locales', 'en.pak'), 'words')
  await writeManifest(folder, `${folder}.files.json`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const find = () =>
  findRunTime({
    cache: join(root, 'cache'),
    assets: assets(),
    electronPackage: join(root, 'package', 'package.json'),
  })

it('a runtime in our cache is used while its files are unchanged', async () => {
  expect(await find()).toMatchObject({ runTime: { executable, version: '33.0.0', forDevelopment: true } })
  utimesSync(executable, new Date(0), new Date(0))
  expect(await find()).toMatchObject({ runTime: { executable } })
})

it.each<[string, (folder: string) => void, string]>([
  ['its program was changed', (folder) => appendFileSync(join(folder, 'electron'), 'evil'), 'SHA-256 expected'],
  ['another file was changed', (folder) => appendFileSync(join(folder, 'locales', 'en.pak'), 'evil'), 'locales/en.pak'],
  ['a file was added', (folder) => writeFileSync(join(folder, 'libEGL.so'), ''), 'libEGL.so was not there before'],
  ['a file is gone', (folder) => rmSync(join(folder, 'locales', 'en.pak')), 'locales/en.pak is gone'],
  [
    'a file became a link',
    (folder) => {
      rmSync(join(folder, 'locales', 'en.pak'))
      symlinkSync('/etc/passwd', join(folder, 'locales', 'en.pak'))
    },
    'no regular file',
  ],
  [
    'a file became a FIFO',
    (folder) => {
      rmSync(join(folder, 'locales', 'en.pak'))
      execFileSync('mkfifo', [join(folder, 'locales', 'en.pak')])
    },
    'no regular file',
  ],
  ['nothing is known about its files', (folder) => rmSync(`${folder}.files.json`), 'missing'],
  ['others could write what is known', (folder) => chmodSync(`${folder}.files.json`, 0o666), 'missing'],
  ['what is known is garbage', (folder) => writeFileSync(`${folder}.files.json`, '[1'), 'cannot be read'],
])('it is not used, and the reason is given, when %s', async (_, harm, why) => {
  harm(dirname(executable))
  expect(await find()).toEqual({ rejected: { path: executable, why: expect.stringContaining(why) } })
})
