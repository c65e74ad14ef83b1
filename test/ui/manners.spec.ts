import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleApp, launchApp, type TestApp } from './harness/app.ts'
import { desktop, expect, test } from './harness/fixtures.ts'
import { witness } from './harness/witness.ts'

// What people expect of any window of a desktop, tried on the shipped main process.

let running: TestApp

const send = (message: string): Promise<unknown> => running.page.evaluate(`window.desktop.send(${message})`)
const answer = (response: number): Promise<void> =>
  running.app.evaluate(({ dialog }, response) => {
    const asked: string[] = []
    Object.assign(globalThis, { asked })
    dialog.showMessageBox = (...words: readonly unknown[]) => {
      asked.push((words.at(-1) as { message: string }).message)
      return Promise.resolve({ response, checkboxChecked: false })
    }
  }, response)
const asked = (): Promise<string[]> => running.app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
const choose = (menu: string, item: string): Promise<void> =>
  running.app.evaluate(
    ({ Menu }, [menu, item]) => {
      const plain = (label: string) => label.replace('&', '')
      const found = Menu.getApplicationMenu()?.items.find(({ label }) => plain(label) === menu)
      const entry = found?.submenu?.items.find(({ label }) => plain(label) === item)
      setImmediate(() => entry?.click())
    },
    [menu, item] as const,
  )
const ended = async (): Promise<number | null> => {
  const { child } = running
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

test('quitting during a login prompts first, and the login continues if the answer is to keep running', async () => {
  running = await launchApp()
  await answer(0)
  const issuer = await witness()
  try {
    const opened = running.app.waitForEvent('window')
    const url = `${issuer.origin}/auth?redirect_uri=${encodeURIComponent('http://localhost:1/auth/callback')}`
    await running.app.evaluate(
      (_electron, [url, issuer]) => {
        globalThis.strings.startRun()
        const request = { runId: 'run-1', url, issuer, persona: 'engineer' } as const
        const login: { answer?: unknown } = {}
        Object.assign(globalThis, { login })
        void globalThis.strings.showLogin(request, new AbortController().signal).then((said) => {
          login.answer = said
        })
      },
      [url, issuer.origin] as const,
    )
    const login = await opened
    await choose('File', 'Quit')
    await expect.poll(asked).toEqual(['A run is under way.'])
    expect(login.isClosed()).toBe(false)
    const answered = await running.app.evaluate(
      () => (globalThis as unknown as { login: { answer?: unknown } }).login.answer,
    )
    expect(answered).toBeUndefined()
    await running.app.evaluate(() => globalThis.strings.finishRun())
  } finally {
    await issuer.stop()
  }
})

test('quitting when nothing runs stops the engine and ends', async () => {
  running = await launchApp()
  await choose('File', 'Quit')
  expect(await ended()).toBe(0)
  expect(running.stderr()).toContain('engine stopped')
})

test('closing over unsaved text prompts; a reloaded page holds nothing', async () => {
  running = await launchApp()
  await answer(0)
  await send(`{ kind: 'holds', unsaved: ['profile'], recording: false }`)
  await running.app.evaluate(
    ({ BrowserWindow }) => setImmediate(() => BrowserWindow.getAllWindows()[0]?.close()) && undefined,
  )
  await expect.poll(asked).toEqual(['Close without saving?'])
  expect(running.stderr()).not.toContain('engine stopped')
  await running.page.reload()
  await running.app.evaluate(
    ({ BrowserWindow }) => setImmediate(() => BrowserWindow.getAllWindows()[0]?.close()) && undefined,
  )
  expect(await ended()).toBe(0)
})

test('reloading over unsaved text or an open recording prompts, and keeps the page if the answer is no', async () => {
  running = await launchApp()
  await answer(0)
  await running.page.evaluate(`window.mark = 'kept'`)
  await send(`{ kind: 'holds', unsaved: [], recording: true }`)
  await choose('View', 'Reload')
  await expect.poll(asked).toEqual(['Reload the window?'])
  expect(await running.page.evaluate('window.mark')).toBe('kept')
  await send(`{ kind: 'holds', unsaved: [], recording: false }`)
  await choose('View', 'Reload')
  // While it is loaded it cannot be asked.
  const mark = () => running.page.evaluate('window.mark ?? null').catch(() => 'loading')
  await expect.poll(mark, 'the page is loaded anew').toBe(null)
})

test('an invalid message is ignored, and so is one of a frame', async () => {
  running = await launchApp()
  for (const message of [
    `{ kind: 'holds', unsaved: 1 }`,
    'null',
    '7',
    `{ kind: 'take-file', path: '/etc/passwd' }`,
    '() => 1',
  ]) {
    expect(await send(message)).toBe(null)
  }
  const exposed = await running.page.evaluate('Object.isFrozen(window.desktop) && Object.keys(window.desktop).sort()')
  expect(exposed).toEqual(['onFile', 'onTalk', 'send'])
  await running.page.evaluate(`document.body.append(document.createElement('iframe'))`)
  const frames = await running.app.evaluate(({ BrowserWindow, ipcMain }) => {
    const sender = BrowserWindow.getAllWindows()[0]?.webContents
    // No preload runs in a frame, so nothing there can send: the handler is called with Electron's own frame objects.
    type Handler = (event: unknown, message: object) => unknown
    const handler = (ipcMain as unknown as { _invokeHandlers: Map<string, Handler> })._invokeHandlers.get('window')
    if (handler === undefined || sender === undefined) throw new Error('the window listens to no message')
    const others = [...sender.mainFrame.frames, null]
    for (const senderFrame of others)
      handler({ sender, senderFrame }, { kind: 'holds', unsaved: ['profile'], recording: true })
    return others.length
  })
  expect(frames).toBe(2)
  // If any had been accepted, closing would prompt and the program would not end.
  await running.app.evaluate(
    ({ BrowserWindow }) => setImmediate(() => BrowserWindow.getAllWindows()[0]?.close()) && undefined,
  )
  expect(await ended()).toBe(0)
})

test('zooms by the keys of every layout, and by the wheel', async () => {
  running = await launchApp()
  const level = () =>
    running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomLevel())
  const press = (keyCode: string) =>
    running.app.evaluate(({ BrowserWindow }, keyCode) => {
      BrowserWindow.getAllWindows()[0]?.webContents.sendInputEvent({ type: 'keyDown', keyCode, modifiers: ['control'] })
    }, keyCode)
  await press('=')
  await expect.poll(level).toBe(0.5)
  await press('+')
  await expect.poll(level).toBe(1)
  await press('-')
  await expect.poll(level).toBe(0.5)
  await press('0')
  await expect.poll(level).toBe(0)
  await running.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.emit('zoom-changed', {}, 'in'),
  )
  await expect.poll(level).toBe(0.5)
})

test('reopens where it was, and on a display that exists', async () => {
  running = await launchApp()
  const bounds = () => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds())
  await running.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 120, y: 90, width: 1000, height: 700 }),
  )
  // X answers later.
  await expect.poll(bounds).toEqual({ x: 120, y: 90, width: 1000, height: 700 })
  const { folder } = running
  await running.app.close()
  const file = join(folder, 'user-data', 'window.json')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    x: 120,
    y: 90,
    width: 1000,
    height: 700,
    maximized: false,
  })
  running = await launchApp({ folder })
  await expect.poll(bounds).toEqual({ x: 120, y: 90, width: 1000, height: 700 })
  await running.app.close()
  await writeFile(file, JSON.stringify({ x: 9000, y: 9000, width: 1000, height: 700, maximized: false }))
  running = await launchApp({ folder })
  await expect.poll(async () => (await bounds())?.width).toBe(1000)
  const back = await bounds()
  expect([back?.width, back?.height]).toEqual([1000, 700])
  expect(back?.x).toBeLessThan(1600)
  expect(back?.y).toBeLessThan(1200)
  await running.app.close()
  await writeFile(file, 'not JSON')
  running = await launchApp({ folder })
  expect((await bounds())?.width).toBeGreaterThanOrEqual(1280)
})

test('passes the page the file of its start, and of a second start, or says why not', async () => {
  const folder = await bundleApp()
  await writeFile(join(folder, 'a.jsonl'), 'a recording')
  await mkdir(join(folder, 'a folder'))
  running = await launchApp({ folder, args: ['a.jsonl', join(folder, 'a folder'), 'missing.jsonl'] })
  const take = () => send(`{ kind: 'take-file' }`)
  await expect.poll(take).toEqual({ name: 'a.jsonl', text: 'a recording' })
  await expect.poll(take).toMatchObject({ name: 'a folder', error: { code: 'recording.unreadable' } })
  await expect.poll(take).toMatchObject({ name: 'missing.jsonl', error: { code: 'recording.unreadable' } })
  expect(await take()).toBe(null)

  await running.page.evaluate(`window.desktop.onFile(() => { document.title = 'a file waits' })`)
  await writeFile(join(folder, 'b.jsonl'), 'another')
  const { spawn } = await import('node:child_process')
  const args = ['--no-sandbox', '--disable-gpu', join(folder, 'main.cjs'), join(folder, 'b.jsonl')]
  const env = { PATH: process.env['PATH'], DISPLAY: desktop().display, HOME: folder, UI_TEST_FOLDER: folder }
  const second = spawn(desktop().executable, args, { env, stdio: 'ignore' })
  expect((await once(second, 'exit'))[0]).toBe(0)
  await expect.poll(() => running.page.title()).toBe('a file waits')
  expect(await take()).toEqual({ name: 'b.jsonl', text: 'another' })
})

test('offers copying and selecting at a right click, and leaves full screen by Escape', async () => {
  running = await launchApp()
  await running.app.evaluate(({ Menu }) => {
    const shown: string[] = []
    Object.assign(globalThis, { shown })
    Menu.prototype.popup = function popup(this: Electron.Menu) {
      shown.push(...this.items.map(({ label }) => label))
    }
  })
  await running.page.getByRole('heading').click({ button: 'right' })
  const shown = () => running.app.evaluate(() => (globalThis as unknown as { shown: string[] }).shown)
  await expect.poll(shown).toEqual(['&Copy', 'Select &All'])
  await running.app.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows()
    if (window === undefined) return
    window.isFullScreen = () => true
    window.setFullScreen = (on) => window.setTitle(`full screen: ${on}`)
  })
  await send(`{ kind: 'escape' }`)
  expect(await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle())).toBe(
    'full screen: false',
  )
})

test('copies a value whole from its menu, only when that is chosen, and no value that is too long', async () => {
  running = await launchApp()
  await running.app.evaluate(({ clipboard, Menu }) => {
    const shown: Electron.Menu[] = []
    Object.assign(globalThis, { shown })
    void clipboard.writeText('before')
    Menu.prototype.popup = function popup(this: Electron.Menu) {
      shown.push(this)
    }
  })
  const labels = () =>
    running.app.evaluate(() =>
      (globalThis as unknown as { shown: Electron.Menu[] }).shown.map(({ items }) => items.map(({ label }) => label)),
    )
  const clipboard = () => running.app.evaluate(({ clipboard }) => clipboard.readText())
  await send(`{ kind: 'value-menu', value: 'v'.repeat(65_537) }`)
  await send(`{ kind: 'value-menu', value: 'sha256:' + '0123456789abcdef'.repeat(4) }`)
  expect(await labels()).toEqual([['Copy &Value', '', '&Copy', 'Select &All']])
  expect(await clipboard()).toBe('before')
  await running.app.evaluate(() => (globalThis as unknown as { shown: Electron.Menu[] }).shown[0]?.items[0]?.click())
  await expect.poll(clipboard).toBe(`sha256:${'0123456789abcdef'.repeat(4)}`)
})

test('the window stays usable while its GPU process is killed again and again, and says so after the third time', async () => {
  running = await launchApp()
  await answer(0)
  const gpu = () =>
    running.app.evaluate(({ app }) => app.getAppMetrics().find(({ type }) => type === 'GPU')?.pid ?? null)
  let before: number | null = null
  for (let time = 1; time <= 3; time += 1) {
    await expect.poll(async () => [null, before].includes(await gpu())).toBe(false)
    before = await gpu()
    if (before === null) throw new Error('there is no GPU process')
    process.kill(before, 'SIGKILL')
    await expect.poll(() => running.stderr().split('The GPU process has ended (killed, 9).').length - 1).toBe(time)
  }
  await expect.poll(asked).toEqual(['The graphics driver of this machine keeps failing.'])
  expect(existsSync(join(running.folder, 'user-data', 'draw-in-software'))).toBe(true)
  // It answers, draws and takes input.
  expect(running.child.exitCode).toBe(null)
  await running.page.evaluate(
    `document.querySelector('h1').addEventListener('click', () => { document.title = 'pressed' })`,
  )
  await running.page.getByRole('heading').click()
  expect(await running.page.title()).toBe('pressed')
  expect((await running.page.screenshot()).length).toBeGreaterThan(1_000)
})

test('a GPU process that keeps crashing is named, and the next start uses software rendering', async () => {
  running = await launchApp()
  await answer(0)
  expect(running.stderr()).not.toContain('drawn in software')
  await running.app.evaluate(({ app }) => {
    for (let time = 0; time < 3; time += 1) {
      app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 139 })
    }
  })
  expect(await asked()).toEqual(['The graphics driver of this machine keeps failing.'])
  expect(running.stderr()).toContain('The GPU process has ended (crashed, 139).')
  const { folder } = running
  await running.app.close()
  const { spawn } = await import('node:child_process')
  const env = { PATH: process.env['PATH'], DISPLAY: desktop().display, HOME: folder, UI_TEST_FOLDER: folder }
  const next = spawn(desktop().executable, ['--no-sandbox', join(folder, 'main.cjs')], { env })
  let said = ''
  next.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  try {
    // A whole start, on a machine that may be busy.
    await expect.poll(() => said, { timeout: 20_000 }).toContain('drawn in software')
  } finally {
    next.kill('SIGKILL')
    await once(next, 'close')
  }
})
