import { hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { app, BrowserWindow, dialog, screen, session } from 'electron'
import type { About } from '../../src/core/contract/changes.ts'
import type { Server } from '../../src/core/contract/server.ts'
import type { ChooseFile } from '../../src/core/orchestrator/recording/save-file.ts'
import type { ConfirmProfile } from '../../src/core/profiles/led-to.ts'
import type { LoginPort } from '../../src/core/steps/resources.ts'
import { declareAppScheme, serveApp } from './app-protocol.ts'
import { type Bugs, bugs } from './bugs.ts'
import { chooseFile } from './choose-file.ts'
import { allowAppOnly, comeBack, confineAllPages, confineSession } from './confine.ts'
import { confirmProfile } from './confirm-profile.ts'
import { nameDefaultDigest } from './default-digest.ts'
import { connectPage } from './ipc-endpoint.ts'
import { isBusy } from './leaving/busy.ts'
import { heldByPage } from './leaving/held.ts'
import { leaving } from './leaving/leave.ts'
import { askIn } from './leaving/question.ts'
import { reloading } from './leaving/reload.ts'
import { endAtSignals } from './leaving/signals.ts'
import { type SelfDeciding, showLogin } from './login-window.ts'
import { offerContextMenu, offerValueMenu } from './manners/context-menu.ts'
import { GivenFiles } from './manners/given-files.ts'
import { lookAfterGraphics, prepareGraphics } from './manners/graphics.ts'
import { keepWindowState, readWindowState } from './manners/window-state.ts'
import { zoomByHand } from './manners/zoom.ts'
import { setMenu } from './menu.ts'
import { loadFirst, lookAfterPage } from './recover.ts'
import { Talks } from './talk/talks.ts'
import { windowOptions } from './window-options.ts'

/** The engine as the window needs it. */
export interface WindowEngine {
  readonly server: Pick<Server, 'request' | 'subscribe'>
  /** Stops everything; returns what could not be stopped. */
  readonly close: () => Promise<readonly string[]>
}

/** What the engine needs from the window. */
export interface EnginePorts {
  readonly about: About
  readonly showLogin: LoginPort
  readonly chooseFile: ChooseFile
  readonly confirmProfile: ConfirmProfile
  /** Receives bugs that cannot be reported to a front end. */
  readonly onBug: (thrown: unknown) => void
}

export interface AppOptions {
  readonly version: string
  /** The Electron version that this program is made for. Another one is for development. */
  readonly electron: string
  /** Chromium's data folder. */
  readonly userData: string
  /** The folder with the page. */
  readonly page: string
  readonly preload: string
  /** The presenter window's preload. */
  readonly presenterPreload: string
  /** Files that this start was given, as absolute paths. */
  readonly files: readonly string[]
  /** Where the engine stores its data, for display. */
  readonly places: NonNullable<About['places']>
  readonly openEngine: (ports: EnginePorts) => WindowEngine
}

/** Starts the program, or hands over to a running instance. Call it before Electron is ready. */
export function startApp(options: AppOptions): void {
  nameDefaultDigest()
  app.setName('sigstore-attestor')
  app.setPath('userData', options.userData)
  if (!app.requestSingleInstanceLock({ files: options.files })) {
    process.stderr.write('The window is open already; it comes to the front.\n')
    app.exit(0)
    return
  }
  prepareGraphics(softwareFile(options), say)
  // As root Chromium starts only with --no-sandbox; only then is it set, and the page is informed.
  const sandboxed = !app.commandLine.hasSwitch('no-sandbox')
  if (sandboxed) app.enableSandbox()
  declareAppScheme()
  const selfDeciding: SelfDeciding = new Set()
  confineAllPages((id) => selfDeciding.has(id))
  const bugReports = bugs(options.userData)
  process.on('uncaughtException', bugReports.show)
  process.on('unhandledRejection', bugReports.show)
  void app.whenReady().then(() => open(options, about(options, sandboxed), selfDeciding, bugReports))
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
  machine: hostname(),
})

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const softwareFile = ({ userData }: AppOptions): string => join(userData, 'draw-in-software')

/** Presses a key of the page, so that no channel is needed. */
const pressIn =
  (window: BrowserWindow) =>
  (keyCode: string, modifiers: readonly 'control'[] = []): void => {
    for (const type of ['keyDown', 'keyUp'] as const) {
      window.webContents.sendInputEvent({ type, keyCode, modifiers: [...modifiers] })
    }
  }

/** The story's window, where it was last time. */
function storyWindow({ preload, userData }: AppOptions): { readonly window: BrowserWindow; readonly keep: () => void } {
  const file = join(userData, 'window.json')
  const areas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea)
  const before = readWindowState(file, areas)
  const window = new BrowserWindow(windowOptions(preload))
  if (before !== undefined) {
    const { maximized, ...bounds } = before
    window.setBounds(bounds)
    if (maximized) window.maximize()
  }
  const keep = keepWindowState(window, file)
  zoomByHand(window.webContents)
  offerContextMenu(window)
  return { window, keep }
}

async function open(options: AppOptions, about: About, selfDeciding: SelfDeciding, bugReports: Bugs): Promise<void> {
  confineSession(session.defaultSession, true)
  allowAppOnly(session.defaultSession)
  serveApp(session.defaultSession.protocol, options.page)
  const { window, keep } = storyWindow(options)
  const ask = askIn(window)
  const held = heldByPage(window.webContents)
  const reload = reloading({ held: held.get, ask, reload: () => window.webContents.reload() })
  setMenu(window, about.runTime?.forDevelopment === true, { reload, press: pressIn(window) })
  comeBack(window.webContents)
  const ours = (): BrowserWindow | undefined => (window.isDestroyed() ? undefined : window)
  const engine = options.openEngine({
    about,
    onBug: bugReports.note,
    showLogin: showLogin(selfDeciding, ours, () => talks.answersLogins),
    chooseFile: chooseFile(ours),
    confirmProfile: confirmProfile(ours),
  })
  const given = new GivenFiles(() => page.fileWaits())
  const talks = new Talks({
    server: engine.server,
    window,
    show: (audience) => page.talk(audience),
    press: pressIn(window),
    preload: options.presenterPreload,
    page: options.page,
    places: join(options.userData, 'presenter.json'),
  })
  const page = connectPage(window, engine.server, {
    onMessage: (message) => {
      if (talks.take(message)) return null
      if (message.kind === 'take-file') return given.take()
      if (message.kind === 'holds') held.set(message)
      else if (message.kind === 'value-menu') offerValueMenu(window, message.value)
      else if (message.kind === 'escape' && window.isFullScreen()) window.setFullScreen(false)
      return null
    },
  })
  const leave = leaving({
    busy: () => isBusy(engine.server),
    held: held.get,
    ask,
    stop: engine.close,
    exit: (left) => {
      page.end()
      talks.close()
      keep()
      if (left.length > 0) process.stderr.write(`Not everything could be stopped:\n${left.join('\n')}\n`)
      app.exit(left.length === 0 ? signals.exitCode() : 1)
    },
  })
  lookAfterPage(window, { leave: leave.atOnce, say })
  lookAfterGraphics(softwareFile(options), { say, notify: notifyIn(ours) })
  const byWindow = (event: { readonly preventDefault: () => void }): void => {
    event.preventDefault()
    void leave.byWindow()
  }
  window.on('close', byWindow)
  // Quitting would close every window at once, including a login's, before any prompt.
  app.on('before-quit', byWindow)
  const signals = endAtSignals({
    inOrder: () => void leave.atOnce(),
    atOnce: (exitCode) => {
      say('Forced to end: not everything was stopped. Remove what is left with: npm run clean')
      app.exit(exitCode)
    },
  })
  app.on('second-instance', (_event, _argv, _folder, more) => {
    void given.give(filesOf(more))
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  })
  window.once('ready-to-show', () => window.show())
  void given.give(options.files)
  await loadFirst(window)
}

/** Files from a second start; it is a program of this user, but not necessarily of this version. */
function filesOf(more: unknown): readonly string[] {
  const files = typeof more === 'object' && more !== null && 'files' in more ? more.files : []
  return Array.isArray(files) ? files.filter((file) => typeof file === 'string' && isAbsolute(file)) : []
}

const notifyIn =
  (window: () => BrowserWindow | undefined) =>
  (detail: string): void => {
    const parent = window()
    if (parent === undefined) return
    const message = 'The graphics driver of this machine keeps failing.'
    void dialog
      .showMessageBox(parent, { type: 'warning', message, detail: `${detail} What runs goes on.`, noLink: true })
      .catch(() => undefined)
  }
