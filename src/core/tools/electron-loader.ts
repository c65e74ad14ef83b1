import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What Electron's own default app does with a path on the command line, for a run-time that came without one: the first
 * argument that names a file or folder is the app.
 */
const main = `'use strict'
const { existsSync, readFileSync, statSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { app } = require('electron')

const word = process.argv.slice(1).find((each) => !each.startsWith('-') && existsSync(each))
if (word === undefined) {
  process.stderr.write('Name the app to run: electron PATH\\n')
  app.exit(2)
} else {
  const path = resolve(word)
  if (statSync(path).isDirectory()) {
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    app.setName(manifest.productName || manifest.name)
    app.setAppPath(path)
    require(join(path, manifest.main))
  } else {
    app.setAppPath(resolve(path, '..'))
    require(path)
  }
}
`

/** Puts the loader where an unpacked run-time looks for its app. */
export async function writeLoader(runTimeFolder: string): Promise<void> {
  const folder = join(runTimeFolder, 'resources', 'app')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ name: 'loader', main: 'main.js' })}\n`)
  await writeFile(join(folder, 'main.js'), main)
}
