import { launchApp, type TestApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'
import { type Witness, witness } from './harness/witness.ts'

// What a page can do is tried in the page itself, as text: this is what hostile content would run.

const start = 'app://attestor/index.html'
let running: TestApp
let elsewhere: Witness

test.beforeAll(async () => {
  elsewhere = await witness()
  running = await launchApp()
})
test.afterAll(async () => {
  await running.close()
  await elsewhere.stop()
})

const inPage = <T>(script: string): Promise<T> => running.page.evaluate<T>(script)
const windows = (): Promise<number> => running.app.evaluate(({ webContents }) => webContents.getAllWebContents().length)

/** Lets the page try, waits until it has taken two turns since, and checks that it is where it was, alone. */
async function staysAfter(script: string): Promise<void> {
  await inPage(`(() => { window.mark = 'same page'; ${script} })()`)
  await inPage('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))')
  await running.app.evaluate(() => new Promise((resolve) => setImmediate(resolve)))
  expect(running.page.url()).toBe(start)
  expect(await inPage('window.mark')).toBe('same page')
  expect(await windows()).toBe(1)
  expect(elsewhere.seen).toEqual([])
}

test.describe('the page goes nowhere', () => {
  const places = (): string[] => [
    `${elsewhere.origin}/`,
    'data:text/html,<title>elsewhere</title>',
    'file:///etc/hostname',
    'app://other/index.html',
    'app://attestor/page.css',
    'chrome://gpu',
  ]

  test('by a link, by a script, by a form', async () => {
    for (const place of places()) {
      const text = JSON.stringify(place)
      await staysAfter(`document.querySelector('#away').href = ${text}; document.querySelector('#away').click()`)
      await staysAfter(`location.href = ${text}`)
      await staysAfter(`location.replace(${text})`)
    }
    await staysAfter(
      `const form = document.createElement('form'); form.action = '${elsewhere.origin}/'; document.body.append(form); form.submit()`,
    )
  })

  test('into another window', async () => {
    for (const place of places()) {
      const text = JSON.stringify(place)
      expect(await inPage(`window.open(${text}) === null`)).toBe(true)
      await staysAfter(`document.querySelector('#blank').href = ${text}; document.querySelector('#blank').click()`)
    }
  })

  test('into a frame, an object or a webview', async () => {
    for (const tag of ['iframe', 'embed', 'webview']) {
      await staysAfter(
        `const one = document.createElement('${tag}'); one.src = '${elsewhere.origin}/'; document.body.append(one)`,
      )
    }
    expect(await inPage(`typeof document.createElement('webview').loadURL`)).toBe('undefined')
  })

  test('when the main process itself is tricked into loading another address', async () => {
    const error = await running.app.evaluate(
      ({ BrowserWindow }, address) =>
        BrowserWindow.getAllWindows()[0]
          ?.loadURL(address)
          .then(() => 'loaded')
          .catch((thrown: Error) => thrown.message),
      `${elsewhere.origin}/`,
    )
    expect(error).toMatch(/ERR_BLOCKED_BY_CLIENT/)
    expect(elsewhere.seen).toEqual([])
    // The app may be navigating back already, and one of two navigations cancels the other.
    const load = () =>
      running.app.evaluate(
        ({ BrowserWindow }, address) =>
          BrowserWindow.getAllWindows()[0]
            ?.loadURL(address)
            .then(() => 'loaded')
            .catch((thrown: Error) => thrown.message),
        start,
      )
    await expect.poll(load, { timeout: 10_000 }).toBe('loaded')
  })

  test('to about:blank, which Electron loads without asking: it comes back at once', async () => {
    // The page that the last test loaded may not have been the last navigation.
    const marked = () => inPage(`window.mark = 'before'`).catch((thrown: Error) => thrown.message)
    await expect.poll(marked).toBe('before')
    // The navigation may come before the answer.
    await inPage(`setTimeout(() => { location.href = 'about:blank' })`).catch(() => undefined)
    const mark = () => inPage('window.mark ?? document.URL').catch((thrown: Error) => thrown.message)
    await expect.poll(mark).toBe(start)
    const title = () => inPage('document.title').catch((thrown: Error) => thrown.message)
    await expect.poll(title, { timeout: 10_000 }).toBe('test page')
  })

  test('but it can be reloaded', async () => {
    await inPage(`window.mark = 'before'`)
    const loaded = running.page.waitForEvent('load')
    await inPage('location.reload()')
    await loaded
    expect(running.page.url()).toBe(start)
    expect(await inPage('window.mark')).toBeUndefined()
  })
})

test.describe('the content security policy', () => {
  test('runs our files and no inline code or style', async () => {
    expect(await inPage('document.documentElement.dataset.module')).toBe('ran')
    expect(await inPage(`getComputedStyle(document.querySelector('h1')).color`)).toBe('rgb(27, 63, 214)')
    expect(await inPage('document.documentElement.dataset.inline')).toBeUndefined()
    expect(await inPage(`getComputedStyle(document.querySelector('#inline-style')).position`)).toBe('static')
  })

  test('runs no code that was inserted later, and none from text', async () => {
    await inPage(`(() => {
      const script = document.createElement('script')
      script.textContent = 'document.documentElement.dataset.inserted = "ran"'
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.documentElement.dataset.handler = 1">')
    })()`)
    const evaluated = await inPage(
      `new Promise((resolve) => setTimeout(() => { try { eval('1'); resolve('ran') } catch (error) { resolve(error.name) } }))`,
    )
    expect(evaluated).toBe('EvalError')
    expect(await inPage('document.documentElement.dataset.inserted')).toBeUndefined()
    expect(await inPage('document.documentElement.dataset.handler')).toBeUndefined()
  })

  test('connects to nothing', async () => {
    const attempt = (script: string): Promise<string> =>
      inPage(`Promise.resolve().then(() => ${script}).then(() => 'connected', (error) => error.name)`)
    expect(await attempt(`fetch('${elsewhere.origin}/')`)).toBe('TypeError')
    expect(await attempt(`fetch('app://attestor/page.css')`)).toBe('TypeError')
    expect(
      await attempt(
        `new Promise((resolve, reject) => { const image = new Image(); image.onload = resolve; image.onerror = () => reject(new Error()); image.src = '${elsewhere.origin}/i.png' })`,
      ),
    ).toBe('Error')
    expect(
      await attempt(
        `new Promise((resolve, reject) => { const socket = new WebSocket('${elsewhere.origin.replace('http', 'ws')}/'); socket.onopen = resolve; socket.onerror = () => reject(new Error()) })`,
      ),
    ).not.toBe('connected')
    await inPage(`navigator.sendBeacon('${elsewhere.origin}/beacon')`)
    expect(elsewhere.seen).toEqual([])
  })

  test('is in the header of every response, and files outside the page are missing', async () => {
    const answers = await running.app.evaluate(async ({ session }) => {
      const paths = ['index.html', 'page.css', '..%2fmain.cjs', '%2e%2e/main.cjs', 'none.html', '']
      return Promise.all(
        paths.map(async (path) => {
          const answer = await session.defaultSession.fetch(`app://attestor/${path}`)
          return [answer.status, answer.headers.get('content-security-policy')] as const
        }),
      )
    })
    expect(answers.map(([status]) => status)).toEqual([200, 200, 404, 404, 404, 404])
    for (const [, policy] of answers) expect(policy).toMatch(/^default-src 'none'; script-src 'self';/)
  })
})

test.describe('a permission of the page', () => {
  test('is denied: camera, location, notifications, the clipboard’s content and the rest', async () => {
    for (const name of ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi']) {
      expect([name, await inPage(`navigator.permissions.query({ name: '${name}' }).then((one) => one.state)`)]).toEqual(
        [name, 'denied'],
      )
    }
    expect(await inPage('Notification.requestPermission()')).toBe('denied')
    const media = `navigator.mediaDevices.getUserMedia({ audio: true }).then(() => 'given', (error) => error.name)`
    expect(await inPage(media)).not.toBe('given')
    const screen = `navigator.mediaDevices.getDisplayMedia().then(() => 'given', (error) => error.name)`
    expect(await inPage(screen)).not.toBe('given')
    expect(await inPage(`navigator.clipboard.readText().then(() => 'given', (error) => error.name)`)).toBe(
      'NotAllowedError',
    )
  })

  test('is granted: text may be copied', async () => {
    // Chromium lets a document write that has the focus: its window, of all on the display, and its frame, by a click.
    const chromium = await running.page.context().newCDPSession(running.page)
    await chromium.send('Emulation.setFocusEmulationEnabled', { enabled: true })
    await running.page.locator('body').click()
    const written = () =>
      inPage(`navigator.clipboard.writeText('sha256:abc').then(() => 'written', (error) => error.message)`)
    await expect.poll(written).toBe('written')
    const copied = () => running.app.evaluate(({ clipboard }) => clipboard.readText())
    await expect.poll(copied).toBe('sha256:abc')
  })
})
