import { app, BrowserWindow, session } from 'electron'
import type { About } from '../../src/core/contract/changes.ts'
import type { Server } from '../../src/core/contract/server.ts'
import type { ChooseFile } from '../../src/core/engine/save-file.ts'
import type { ConfirmProfile } from '../../src/core/profiles/led-to.ts'
import type { LoginPort } from '../../src/core/steps/resources.ts'
import { declareAppScheme, serveApp } from './app-protocol.ts'
import { type Bugs, bugs } from './bugs.ts'
import { isBusy } from './busy.ts'
import { chooseFile } from './choose-file.ts'
import { allowAppOnly, comeBack, confineAllPages, confineSession } from './confine.ts'
import { confirmProfile } from './confirm-profile.ts'
import { nameDefaultDigest } from './default-digest.ts'
import { connectPage } from './ipc-endpoint.ts'
import { leaving } from './leave.ts'
import { type SelfDeciding, showLogin } from './login-window.ts'
import { setMenu } from './menu.ts'
import { loadFirst, lookAfterPage } from './recover.ts'
import { windowOptions } from './window-options.ts'

/** The engine as the window needs it. */
export interface WindowEngine {
  readonly server: Pick<Server, 'request' | 'subscribe'>
  /** Stops everything; answers what could not be stopped. */
  readonly close: () => Promise<readonly string[]>
}

/** What the engine asks of the window. */
export interface EnginePorts {
  readonly about: About
  readonly showLogin: LoginPort
  readonly chooseFile: ChooseFile
  readonly confirmProfile: ConfirmProfile
  /** Hears of bugs that no front end can be told of. */
  readonly onBug: (thrown: unknown) => void
}

export interface AppOptions {
  readonly version: string
  /** The Electron that this program is made for. Another one is for development. */
  readonly electron: string
  /** Where Chromium keeps what it keeps. */
  readonly userData: string
  /** The folder with the page. */
  readonly page: string
  readonly preload: string
  /** Where the engine keeps what it keeps, for a person to read. */
  readonly places: NonNullable<About['places']>
  readonly openEngine: (ports: EnginePorts) => WindowEngine
}

/** Starts the program, or hands over to the one that runs already. Call it before Electron is ready. */
export function startApp(options: AppOptions): void {
  nameDefaultDigest()
  app.setName('sigstore-attestor')
  app.setPath('userData', options.userData)
  if (!app.requestSingleInstanceLock()) {
    process.stderr.write('The window is open already; it comes to the front.\n')
    app.exit(0)
    return
  }
  // As root Chromium starts with --no-sandbox or not at all; only then, and the page is told.
  const sandboxed = !app.commandLine.hasSwitch('no-sandbox')
  if (sandboxed) app.enableSandbox()
  declareAppScheme()
  const selfDeciding: SelfDeciding = new Set()
  confineAllPages((id) => selfDeciding.has(id))
  const told = bugs(options.userData)
  process.on('uncaughtException', told.show)
  process.on('unhandledRejection', told.show)
  void app.whenReady().then(() => open(options, about(options, sandboxed), selfDeciding, told))
}

const about = ({ version, electron, places }: AppOptions, sandboxed: boolean): About => ({
  version,
  runTime: {
    name: 'Electron',
    version: process.versions.electron,
    forDevelopment: process.versions.electron !== electron,
    sandboxed,
  },
  places,
})

/** Presses a key of the page, which needs no channel of its own. */
function pressInPage(window: BrowserWindow, keyCode: string): void {
  for (const type of ['keyDown', 'keyUp'] as const) window.webContents.sendInputEvent({ type, keyCode })
}

async function open(options: AppOptions, about: About, selfDeciding: SelfDeciding, told: Bugs): Promise<void> {
  confineSession(session.defaultSession, true)
  allowAppOnly(session.defaultSession)
  serveApp(session.defaultSession.protocol, options.page)
  const window = new BrowserWindow(windowOptions(options.preload))
  setMenu(about.runTime?.forDevelopment === true, () => pressInPage(window, 'F1'))
  comeBack(window.webContents)
  const ours = (): BrowserWindow | undefined => (window.isDestroyed() ? undefined : window)
  const engine = options.openEngine({
    about,
    onBug: told.note,
    showLogin: showLogin(selfDeciding, ours),
    chooseFile: chooseFile(ours),
    confirmProfile: confirmProfile(ours),
  })
  const disconnect = connectPage(window, engine.server)
  const leave = leaving({
    busy: () => isBusy(engine.server),
    stop: engine.close,
    exit: (left) => {
      disconnect()
      if (left.length > 0) process.stderr.write(`Not everything could be stopped:\n${left.join('\n')}\n`)
      app.exit(left.length === 0 ? 0 : 1)
    },
  })
  lookAfterPage(window, { leave: leave.atOnce, say: (text) => void process.stderr.write(`${text}\n`) })
  window.on('close', (event) => {
    event.preventDefault()
    void leave.byWindow(window)
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A listener from before Chromium took the signal never hears it, and keeps later ones from hearing it as well:
    // Chromium would close the window, and a second signal would end us with everything still running.
    process.removeAllListeners(signal)
    process.on(signal, () => void leave.atOnce())
  }
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  })
  window.once('ready-to-show', () => window.show())
  await loadFirst(window)
}
