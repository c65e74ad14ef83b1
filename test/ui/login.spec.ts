import type { RequestListener } from 'node:http'
import { launchApp, type TestApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'
import { type Witness, witness } from './harness/witness.ts'

let running: TestApp
let issuer: Witness
let callback: Witness
let elsewhere: Witness

/** Pages of an issuer that may be hostile: it redirects wherever its path says. */
const pages: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const to = searchParams.get('to')
  if (pathname === '/go' && to !== null) return void response.writeHead(302, { location: to }).end()
  response.setHeader('content-type', 'text/html')
  response.setHeader('set-cookie', 'session=1; Max-Age=3600')
  response.end(
    `<title>A title of its own</title><h1>Log in</h1><img src="${elsewhere.origin}/spy.png"><a id="a">go</a>`,
  )
}

test.beforeAll(async () => {
  elsewhere = await witness()
  callback = await witness()
  issuer = await witness(pages)
})
test.afterAll(async () => {
  await Promise.all([issuer.stop(), callback.stop(), elsewhere.stop()])
})
test.beforeEach(async () => {
  running = await launchApp()
})

/** Starts a login in the main process, as the engine does; `login` there holds its result. */
const begin = (url: string): Promise<void> =>
  running.app.evaluate(
    (_electron, [url, issuer]) => {
      const stop = new AbortController()
      const request = { runId: 'run-1', url, issuer, persona: 'engineer' } as const
      const login: { stop: AbortController; answer?: unknown } = { stop }
      Object.assign(globalThis, { login })
      void globalThis.strings.showLogin(request, stop.signal).then((answer) => {
        login.answer = answer
      })
    },
    [url, issuer.origin] as const,
  )
const answer = (): Promise<unknown> =>
  running.app.evaluate(() => (globalThis as unknown as { login: { answer?: unknown } }).login.answer)
const loginUrl = (): string =>
  `${issuer.origin}/auth?redirect_uri=${encodeURIComponent(`${callback.origin}/auth/callback`)}`
const loginPage = async () => {
  const opened = running.app.waitForEvent('window')
  await begin(loginUrl())
  const page = await opened
  await page.waitForSelector('h1')
  return page
}
const windows = (): Promise<number> => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)

test('a login ends at cosign’s callback, and its window with it', async () => {
  const page = await loginPage()
  expect(await page.evaluate('typeof window.attestor + typeof window.require')).toBe('undefinedundefined')
  await page.evaluate(`location.href = '/go?to=' + encodeURIComponent('${callback.origin}/auth/callback?code=1')`)
  await expect.poll(answer).toEqual({ ok: true })
  expect(callback.seen).toContain('GET /auth/callback?code=1')
  await expect.poll(windows).toBe(1)
})

test('a login’s window has our title, no preload, and a session that is discarded', async () => {
  await loginPage()
  const facts = await running.app.evaluate(async ({ BrowserWindow, session }) => {
    const window = BrowserWindow.getAllWindows().find((each) => each.getTitle() === 'Log in')
    const cookies = await window?.webContents.session.cookies.get({})
    const ours = await session.defaultSession.cookies.get({})
    return {
      storage: window?.webContents.session.getStoragePath(),
      persistent: window?.webContents.session.isPersistent(),
      cookies: cookies?.length,
      ours: ours.length,
      parent: window?.getParentWindow() !== null,
      options: (
        window?.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> } | undefined
      )?.getLastWebPreferences(),
    }
  })
  expect(facts).toMatchObject({ storage: null, persistent: false, cookies: 1, ours: 0, parent: true })
  expect(facts.options).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
  })
  for (const right of ['nodeIntegrationInWorker', 'plugins', 'navigateOnDragDrop', 'spellcheck']) {
    expect([right, facts.options?.[right]]).not.toEqual([right, true])
  }
  expect(facts.options?.['preload']).toBeUndefined()
})

test('a login goes nowhere but to the issuer and the callback, loads nothing from elsewhere and opens nothing', async () => {
  const page = await loginPage()
  const there = page.url()
  await page.evaluate(`window.mark = 'same page'`)
  const stays = async (script: string): Promise<void> => {
    await page.evaluate(script)
    await page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))')
    expect(page.url()).toBe(there)
    expect(await page.evaluate('window.mark')).toBe('same page')
  }
  for (const place of [
    `${elsewhere.origin}/`,
    `${callback.origin}/other`,
    'app://attestor/index.html',
    'file:///etc/hostname',
    `${issuer.origin.replace('http://', 'http://user:password@')}/`,
  ]) {
    await stays(`location.href = ${JSON.stringify(place)}`)
    await stays(`document.querySelector('#a').href = ${JSON.stringify(place)}; document.querySelector('#a').click()`)
    expect(await page.evaluate(`window.open(${JSON.stringify(place)}) === null`)).toBe(true)
  }
  expect(await page.evaluate('Notification.requestPermission()')).toBe('denied')
  // A redirect is decided by the server, and refused as well.
  await page.evaluate(`location.href = '/go?to=' + encodeURIComponent('${elsewhere.origin}/stolen?code=1')`)
  await expect.poll(() => issuer.seen.filter((each) => each.includes('stolen')).length).toBe(1)
  expect(page.url()).not.toContain(elsewhere.origin)
  expect(elsewhere.seen).toEqual([])
  expect(callback.seen.filter((each) => each.includes('other'))).toEqual([])
  expect(await windows()).toBe(2)
})

test('closing a login’s window is an answer', async () => {
  await loginPage()
  await running.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()
      .find((each) => each.getTitle() === 'Log in')
      ?.close()
  })
  await expect.poll(answer).toMatchObject({ ok: false, error: { code: 'login.closed' } })
  expect(await windows()).toBe(1)
})

test('a login that is no longer needed closes by itself', async () => {
  await loginPage()
  await running.app.evaluate(() => (globalThis as unknown as { login: { stop: AbortController } }).login.stop.abort())
  await expect.poll(answer).toEqual({ ok: true })
  await expect.poll(windows).toBe(1)
})

test('an address that is not a login of the issuer opens no window', async () => {
  await begin(`${elsewhere.origin}/auth?redirect_uri=${encodeURIComponent(`${callback.origin}/auth/callback`)}`)
  await expect.poll(answer).toMatchObject({ ok: false, error: { code: 'login.unexpected-answer' } })
  expect(await windows()).toBe(1)
  expect(elsewhere.seen).toEqual([])
})
