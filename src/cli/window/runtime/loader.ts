import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Electron's own default app's handling of the command line, for a runtime without one: `-r FILE` is required first,
 * and the first other argument that names a file or folder is the app.
 */
const main = `'use strict'
const { existsSync, readFileSync, statSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { app } = require('electron')

const words = process.argv.slice(1)
let named
while (named === undefined && words.length > 0) {
  const word = words.shift()
  if (word === '-r' || word === '--require') require(resolve(words.shift()))
  else if (!word.startsWith('-') && existsSync(word)) named = resolve(word)
}
if (named === undefined) {
  process.stderr.write('Name the app to run: electron PATH\\n')
  app.exit(2)
} else if (statSync(named).isDirectory()) {
  const manifest = JSON.parse(readFileSync(join(named, 'package.json'), 'utf8'))
  app.setName(manifest.productName || manifest.name)
  app.setAppPath(named)
  require(join(named, manifest.main))
} else {
  app.setAppPath(resolve(named, '..'))
  require(named)
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
