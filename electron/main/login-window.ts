import { randomUUID } from 'node:crypto'
import { BrowserWindow } from 'electron'
import { appError } from '../../src/core/domain/app-error.ts'
import { err, ok, type Result } from '../../src/core/domain/result.ts'
import type { LoginPort } from '../../src/core/steps/resources.ts'
import { confineSession } from './confine.ts'
import { type LoginAddresses, loginAddresses } from './login-address.ts'
import { loginWindowOptions } from './window-options.ts'

/** Chromium's error for a navigation that we prevented ourselves. */
const aborted = -3

/** The windows that decide on their own navigation, by their contents' id. */
export type SelfDeciding = Set<number>

/**
 * Shows cosign's login in a window of its own: no preload, a session that is discarded with it, and navigation only to
 * the issuer and to cosign's callback. Ends when the callback has been reached, or with `login.closed`. The keyboard
 * stays where it is while `answeredElsewhere`: a clicker has to reach the talk that it moves.
 */
export const showLogin =
  (selfDeciding: SelfDeciding, parent: () => BrowserWindow | undefined, answeredElsewhere: () => boolean): LoginPort =>
  async ({ url, issuer }, ended) => {
    const addresses = loginAddresses(url, issuer)
    if (!addresses.ok) return addresses
    if (ended.aborted) return ok(undefined)
    const keepsKeys = answeredElsewhere()
    const window = new BrowserWindow(loginWindowOptions(`login-${randomUUID()}`, !keepsKeys))
    const above = parent()
    if (above !== undefined) window.setParentWindow(above)
    if (keepsKeys) window.showInactive()
    const { id } = window.webContents
    selfDeciding.add(id)
    try {
      return await completed(window, addresses.value, ended)
    } finally {
      selfDeciding.delete(id)
      if (!window.isDestroyed()) window.destroy()
    }
  }

function completed(window: BrowserWindow, login: LoginAddresses, ended: AbortSignal): Promise<Result<void>> {
  const { webContents: contents } = window
  confineSession(contents.session, false)
  contents.session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !login.allows(url) }))
  const stay = (details: { readonly url: string; readonly preventDefault: () => void }): void => {
    if (!login.allows(details.url)) details.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-frame-navigate', stay)
  // A page does not set our window's title.
  window.on('page-title-updated', (event) => event.preventDefault())
  return new Promise((resolve) => {
    window.once('closed', () => resolve(err(closed)))
    ended.addEventListener('abort', () => resolve(ok(undefined)), { once: true })
    contents.on('did-finish-load', () => {
      if (login.isCallback(contents.getURL())) resolve(ok(undefined))
    })
    contents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
      if (!isMainFrame || code === aborted) return
      // cosign exits as soon as it has its answer, whatever it was still serving.
      resolve(login.isCallback(url) ? ok(undefined) : err(unreachable(description)))
    })
    // did-fail-load reports the failure.
    contents.loadURL(login.start).catch(() => undefined)
  })
}

const closed = appError(
  'login.closed',
  'The login window was closed; nothing was signed.',
  'Sign again and answer the login page.',
  { expected: 'a person who logs in', found: 'the window was closed without an answer' },
)

const unreachable = (found: string) =>
  appError(
    'login.unreachable',
    'The login could not be completed.',
    'Look into the log of the issuer and start again.',
    { expected: 'a login page', found },
  )
