import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FuseStates, releaseFuses, setFuses } from '../window/runtime/fuses.ts'
import { appManifest, configuration, type Parts, programName } from './configuration.ts'
import { thirdPartyLicenses } from './third-party.ts'

/** A program that can be started from its folder. */
export interface Unpacked {
  readonly folder: string
  readonly executable: string
  /** As read back from the executable. */
  readonly fuses: FuseStates
}

/** Loaded only here: no other command needs it. Its messages go to stderr; stdout belongs to the command. */
async function builder() {
  const { build, log, Platform } = await import('electron-builder')
  Object.assign(log, { stream: process.stderr })
  return { build, linux: Platform.LINUX }
}

/**
 * Makes the folder of the program with electron-builder, sets its fuses and reads them back. Throws what electron-builder
 * and the file system throw, and when a fuse does not stand as it must.
 */
export async function makeUnpacked(parts: Parts, folder: string): Promise<Unpacked> {
  await stageApp(parts)
  const { build, linux } = await builder()
  await build({ targets: linux.createTarget('dir'), config: configuration(parts), publish: 'never' })
  const made = join(parts.output, 'linux-unpacked')
  // What a runtime brings as its own app: the loader of the carried one, the welcome page of the pinned one.
  for (const own of ['app', 'default_app.asar'])
    await rm(join(made, 'resources', own), { recursive: true, force: true })
  const fuses = await setFuses(join(made, programName), releaseFuses)
  await rm(folder, { recursive: true, force: true })
  await writeFile(join(made, 'LICENSES.packages.txt'), await thirdPartyLicenses(parts.root))
  await rename(made, folder)
  return { folder, executable: join(folder, programName), fuses }
}

/**
 * Wraps the folder in an installer and returns its file. Throws what electron-builder throws, also without a network.
 */
export async function makeInstaller(parts: Parts, folder: string, target: 'AppImage' | 'deb'): Promise<string> {
  const { build, linux } = await builder()
  const config = configuration(parts)
  const [file] = await build({ targets: linux.createTarget(target), config, prepackaged: folder, publish: 'never' })
  if (file === undefined) throw new Error(`electron-builder left no ${target}`)
  return file
}

async function stageApp({ app, dist, version }: Parts): Promise<void> {
  await rm(app, { recursive: true, force: true })
  await mkdir(join(app, 'dist'), { recursive: true })
  await writeFile(join(app, 'package.json'), `${JSON.stringify(appManifest(version), null, 2)}\n`)
  for (const part of ['electron', 'renderer']) await cp(join(dist, part), join(app, 'dist', part), { recursive: true })
}
