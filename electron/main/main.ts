import '../../src/core/process/close-inspector.ts'
import '../../src/core/process/umask.ts'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, dialog } from 'electron'
import type { AppError } from '../../src/core/domain/app-error.ts'
import { folders } from '../../src/core/machine/folders.ts'
import { checkOwnFolders } from '../../src/core/machine/own-folders.ts'
import { createHost } from '../../src/core/orchestrator/host/host.ts'
import { systemNode } from '../../src/core/tools/setup/system-node.ts'
import { filesIn } from './manners/given-files.ts'
import { startApp } from './start-app.ts'

declare const __VERSION__: string
declare const __ELECTRON__: string

/** Where the build put our files; in a package, a folder in the archive. */
const main = fileURLToPath(import.meta.url)
const dist = join(dirname(main), '..')
// What other programs read or start are real files: beside the archive, if there is one.
const programs = app.isPackaged ? join(process.resourcesPath, 'programs') : dist
const assets = join(app.isPackaged ? process.resourcesPath : join(dist, '..'), 'assets')
const here = folders()

// Chromium's own files are in the state folder as well, so this comes first.
const own = checkOwnFolders(here, { make: true })
if (own.ok) start()
else refuse(own.error)

function refuse({ what, expected, found, remedy }: AppError): void {
  const text = `${what}\nExpected: ${expected ?? ''}\nFound: ${found ?? ''}\n${remedy}`
  process.stderr.write(`${text}\n`)
  void app.whenReady().then(() => {
    dialog.showErrorBox('sigstore-attestor', text)
    app.exit(1)
  })
}

function start(): void {
  startApp({
    version: __VERSION__,
    electron: __ELECTRON__,
    userData: join(here.state, 'window'),
    page: join(dist, 'renderer'),
    places: { state: here.state, cache: here.cache },
    preload: join(dist, 'electron', 'preload.cjs'),
    presenterPreload: join(dist, 'electron', 'presenter.cjs'),
    files: filesIn(process.argv, main, process.cwd()),
    openEngine: ({ about, showLogin, chooseFile, confirmProfile, onBug }) =>
      createHost({
        folders: here,
        assets,
        programs: {
          // Never Electron itself: its run-as-node fuse is off.
          node: () =>
            systemNode(app.commandLine.getSwitchValue('node'), `${join(programs, 'bin')}:${process.env['PATH'] ?? ''}`),
          attestorPlugin: join(programs, 'attestor-plugin.cjs'),
          issuer: join(programs, 'oidc-issuer.mjs'),
          openerDir: join(programs, 'opener'),
        },
        about,
        showLogin,
        chooseFile,
        confirmProfile,
        onBug,
      }),
  })
}
