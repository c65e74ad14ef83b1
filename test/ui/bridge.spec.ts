import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { launchApp, type TestApp } from './harness/app.ts'
import { desktop, expect, test } from './harness/fixtures.ts'

let running: TestApp

test.beforeAll(async () => {
  running = await launchApp()
})
test.afterAll(() => running.close())

const inPage = <T>(script: string): Promise<T> => running.page.evaluate<T>(script)
const requests = (): Promise<readonly string[]> => running.app.evaluate(() => globalThis.strings.requests)

interface Answer {
  readonly ok: boolean
  readonly value?: unknown
  readonly error?: { readonly code: string; readonly what: string }
}
const ask = (name: string, input: string): Promise<Answer> => inPage(`window.attestor.request(${name}, ${input})`)

test.describe('the page’s interface', () => {
  test('is one frozen object with two functions, and nothing of Node or Electron', async () => {
    expect(await inPage('Object.getOwnPropertyNames(window.attestor).sort()')).toEqual(['request', 'subscribe'])
    expect(await inPage('Object.getOwnPropertySymbols(window.attestor).length')).toBe(0)
    expect(await inPage('Object.getPrototypeOf(window.attestor) === Object.prototype')).toBe(true)
    expect(await inPage('Object.isFrozen(window.attestor)')).toBe(true)
    expect(
      await inPage(
        `(() => { 'use strict'; try { window.attestor = {}; return 'replaced' } catch { return 'refused' } })()`,
      ),
    ).toBe('refused')
    const globals = [
      'require',
      'process',
      'module',
      'exports',
      'Buffer',
      'global',
      'electron',
      'ipcRenderer',
      '__dirname',
    ]
    expect(await inPage(`${JSON.stringify(globals)}.filter((name) => name in window)`)).toEqual([])
  })

  test('is missing in a frame of the page', async () => {
    const inFrame = `(() => {
      const frame = document.createElement('iframe')
      document.body.append(frame)
      const seen = typeof frame.contentWindow.attestor
      frame.remove()
      return seen
    })()`
    expect(await inPage(inFrame)).toBe('undefined')
  })

  test('is created with every option as intended', async () => {
    const options = await running.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      // Not in Electron's types, and the only way to read what is in force.
      return (contents as unknown as { getLastWebPreferences: () => Record<string, unknown> }).getLastWebPreferences()
    })
    expect(options).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      enableBlinkFeatures: '',
    })
    for (const right of ['nodeIntegrationInWorker', 'plugins', 'navigateOnDragDrop', 'spellcheck']) {
      expect([right, options[right]]).not.toEqual([right, true])
    }
  })
})

test.describe('a request', () => {
  test('is answered with a value, and with where the window runs', async () => {
    const { ok, value } = await ask(`'getSnapshot'`, '{}')
    expect(ok).toBe(true)
    const { version } = desktop()
    expect(value).toMatchObject({
      about: { runTime: { name: 'Electron', version, forDevelopment: true, sandboxed: false } },
    })
  })

  test('that is not in the contract is refused, whatever its name is', async () => {
    for (const name of [
      `'nonsense'`,
      `'__proto__'`,
      `'constructor'`,
      `'toString'`,
      `''`,
      '7',
      'null',
      'undefined',
      '{}',
    ]) {
      const { error } = await ask(name, '{}')
      // The preload's own error: it went no further.
      expect([name, error?.code, error?.what]).toEqual([name, 'run.unknown-request', 'There is no such request.'])
    }
  })

  test('that is malformed is refused before the engine receives it', async () => {
    const bad = [
      [`'getSnapshot'`, '{ more: 1 }'],
      [`'getSnapshot'`, 'undefined'],
      [`'startRun'`, `{ scenario: 'rm -rf /' }`],
      [`'startRun'`, 'null'],
      [`'cancelRun'`, `{ runId: '../../etc/passwd' }`],
      [`'getLog'`, `{ runId: 'run-1', step: 'build', from: -1, count: 1 }`],
      [`'getLog'`, `{ runId: 'run-1', step: 'build', from: 0, count: 1e9 }`],
      [`'answerLogin'`, `{ runId: 'run-1', persona: 'root', decision: 'allow' }`],
      [`'startRun'`, `{ scenario: () => 'signed' }`],
      [`'readProfile'`, `{ name: '../../etc/passwd' }`],
      [`'saveProfile'`, `{ name: '../acme', text: '{}', replace: true }`],
      [`'saveProfile'`, `{ name: 'acme', text: '${'x'.repeat(70_000)}', replace: true }`],
      [`'saveProfile'`, `{ name: 'acme', text: '{}' }`],
      [`'fillProfile'`, `{ name: 'acme', values: { 'A=1\\nB': 'x' } }`],
      [`'fillProfile'`, `{ name: 'acme', values: { A: '${'x'.repeat(501)}' } }`],
      [`'checkProfile'`, `{ name: 'acme', url: 'https://evil.example' }`],
      [`'useProfile'`, `{ name: '' }`],
      [`'listProfiles'`, `{ folder: '/' }`],
      [`'answerStep'`, `{ runId: 'run-1', step: 'consent', answer: 'maybe' }`],
      [`'startRun'`, `'${'x'.repeat(1_000_000)}'`],
    ] as const
    for (const [name, input] of bad) {
      const answer = await ask(name, input)
      expect([name, input.slice(0, 60), answer.error?.code]).toEqual([
        name,
        input.slice(0, 60),
        'run.malformed-request',
      ])
    }
    expect(await requests()).toEqual([])
  })

  test('that runs into a bug is answered, without a stack', async () => {
    const answer = await ask(`'startRun'`, `{ scenario: 'signed' }`)
    expect(answer.error?.code).toBe('run.internal')
    expect(JSON.stringify(answer)).not.toMatch(/\bat .*:\d+/)
  })
})

test.describe('saving', () => {
  const answerWith = (filePath: string | null): Promise<void> =>
    running.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = (...words: readonly unknown[]) => {
        Object.assign(globalThis, { askedToSave: JSON.stringify(words.at(-1)) })
        return Promise.resolve({ canceled: filePath === null, filePath: filePath ?? '' })
      }
    }, filePath)
  const save = () => ask(`'save'`, `{ what: { kind: 'recording', runId: 'run-1' } }`)

  test('asks in a dialog, and writes the file that was chosen', async () => {
    const path = join(running.folder, 'chosen.jsonl')
    await answerWith(path)
    expect(await save()).toEqual({ ok: true, value: { path } })
    expect(await readFile(path, 'utf8')).toBe('a recording\n')
    const asked = await running.app.evaluate(() => (globalThis as unknown as { askedToSave: string }).askedToSave)
    expect(JSON.parse(asked)).toMatchObject({ defaultPath: expect.stringMatching(/\/run-1\.jsonl$/) })
  })

  test('is nothing when the dialog is cancelled, and an error when the place cannot be written to', async () => {
    await answerWith(null)
    expect(await save()).toEqual({ ok: true, value: { path: null } })
    await answerWith(join(running.folder, 'nowhere', 'x.jsonl'))
    expect((await save()).error?.code).toBe('machine.not-saved')
  })
})

test.describe('the sender', () => {
  test('is refused in any window but ours, however its preload sends', async () => {
    const preload = join(running.folder, 'foreign.cjs')
    await writeFile(
      preload,
      `const { contextBridge, ipcRenderer } = require('electron')
       contextBridge.exposeInMainWorld('ask', () => ipcRenderer.invoke('request', 'getSnapshot', {}))`,
    )
    const answer = await running.app.evaluate(async ({ BrowserWindow }, preload) => {
      const foreign = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
      await foreign.loadURL('app://attestor/index.html')
      const asked: unknown = await foreign.webContents.executeJavaScript('window.ask()')
      foreign.destroy()
      return asked
    }, preload)
    expect(answer).toMatchObject({ ok: false, error: { code: 'run.wrong-sender' } })
  })

  test('is refused in a frame of our own page, and on a page that is not ours', async () => {
    await inPage(`document.body.append(Object.assign(document.createElement('iframe'), { id: 'inner' }))`)
    const answers = await running.app.evaluate(async ({ BrowserWindow, ipcMain }) => {
      const sender = BrowserWindow.getAllWindows()[0]?.webContents
      // No preload runs in a frame, so nothing there can send: the handler is called with Electron's own frame objects.
      type Handler = (event: unknown, name: string, input: object) => Promise<{ ok: boolean; error?: { code: string } }>
      const handler = (ipcMain as unknown as { _invokeHandlers: Map<string, Handler> })._invokeHandlers.get('request')
      const from = (senderFrame: unknown) => handler?.({ sender, senderFrame }, 'getSnapshot', {})
      return Promise.all([from(sender?.mainFrame), from(sender?.mainFrame.frames[0]), from(null)])
    })
    expect(answers.map((answer) => answer?.error?.code ?? answer?.ok)).toEqual([
      true,
      'run.wrong-sender',
      'run.wrong-sender',
    ])
    await inPage(`document.querySelector('#inner').remove()`)
  })
})

test.describe('changes', () => {
  test('come in batches without a gap, as plain values, until the page unsubscribes', async () => {
    await inPage(`window.batches = []; window.lengths = []; window.end = window.attestor.subscribe((...words) => {
      window.lengths.push(words.length)
      window.batches.push(words[0])
    }); undefined`)
    await running.app.evaluate(() => globalThis.strings.publish(1_200))
    await expect.poll(() => inPage('window.batches.reduce((sum, { changes }) => sum + changes.length, 0)')).toBe(1_200)
    const firsts = await inPage<[number, number][]>(
      'window.batches.map(({ first, changes }) => [first, changes.length])',
    )
    expect(firsts.length).toBeLessThan(10)
    let next = firsts[0]?.[0] ?? 0
    for (const [first, length] of firsts) {
      expect(first).toBe(next)
      next = first + length
    }
    // One argument each: no event of Electron's is included.
    expect(await inPage('new Set(window.lengths).size === 1 && window.lengths[0]')).toBe(1)
    await inPage('window.end()')
    await running.app.evaluate(() => globalThis.strings.publish(1))
    // A request is answered after the batch was sent, so it would have arrived by now.
    await expect.poll(async () => ((await ask(`'getSnapshot'`, '{}')).value as { number: number }).number).toBe(1_201)
    expect(await inPage('window.batches.length')).toBe(firsts.length)
  })
})
