import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from 'electron'
import { createHost } from '../../src/core/engine/host.ts'
import { folders } from '../../src/core/machine/folders.ts'
import { startApp } from './start-app.ts'
import { systemNode } from './system-node.ts'

declare const __VERSION__: string
declare const __ELECTRON__: string

/** Where the build put everything of ours. */
const dist = join(dirname(fileURLToPath(import.meta.url)), '..')
const here = folders()

startApp({
  version: __VERSION__,
  electron: __ELECTRON__,
  userData: join(here.state, 'window'),
  page: join(dist, 'renderer'),
  preload: join(dist, 'electron', 'preload.cjs'),
  openEngine: ({ about, showLogin }) =>
    createHost({
      folders: here,
      assets: join(dist, '..', 'assets'),
      programs: {
        // Never Electron itself: its run-as-node is fused off.
        node: systemNode(app.commandLine.getSwitchValue('node'), process.env['PATH'] ?? ''),
        attestorPlugin: join(dist, 'attestor-plugin.cjs'),
        issuer: join(dist, 'oidc-issuer.mjs'),
        openerDir: join(dist, 'opener'),
      },
      about,
      showLogin,
      onBug: (thrown) => process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`),
    }),
})
