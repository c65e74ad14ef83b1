import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readFuses } from '../../src/cli/window/runtime/fuses.ts'
import { launchApp, type TestApp } from './harness/app.ts'
import { desktop, expect, test } from './harness/fixtures.ts'

let running: TestApp

test.describe('the window', () => {
  test.beforeEach(async () => {
    running = await launchApp()
  })

  const press = (response: number): Promise<void> =>
    running.app.evaluate(({ dialog }, response) => {
      const asked: string[] = []
      Object.assign(globalThis, { asked })
      dialog.showMessageBox = (...words: readonly unknown[]) => {
        asked.push(JSON.stringify(words.at(-1)))
        return Promise.resolve({ response, checkboxChecked: false })
      }
    }, response)
  const cross = (): Promise<void> =>
    running.app.evaluate(
      ({ BrowserWindow }) => setImmediate(() => BrowserWindow.getAllWindows()[0]?.close()) && undefined,
    )
  const ended = async (): Promise<number | null> => {
    const { child } = running
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }

  test('closes without a prompt when nothing runs, and the engine is stopped first', async () => {
    await cross()
    expect(await ended()).toBe(0)
    expect(running.stderr()).toContain('engine stopped')
  })

  test('prompts while a run is in progress, and stays when it should', async () => {
    await press(0)
    await running.app.evaluate(() => globalThis.strings.startRun())
    await cross()
    const asked = () => running.app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    await expect.poll(asked).toHaveLength(1)
    expect((await asked())[0]).toContain('stops everything that was started')
    expect(await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
    expect(running.stderr()).not.toContain('engine stopped')
    await running.app.evaluate(() => globalThis.strings.finishRun())
  })

  test('stops everything when the answer is to close', async () => {
    await press(1)
    await running.app.evaluate(() => globalThis.strings.startRun())
    await cross()
    expect(await ended()).toBe(0)
    expect(running.stderr()).toContain('engine stopped')
  })

  test('stops everything at SIGTERM without a prompt, and exits as the signal says', async () => {
    await running.app.evaluate(() => globalThis.strings.startRun())
    running.child.kill('SIGTERM')
    expect(await ended()).toBe(143)
    expect(running.stderr()).toContain('engine stopped')
  })

  test('ends at once at the third Ctrl-C, and says what that leaves', async () => {
    await running.app.evaluate(() => globalThis.strings.hangWhileStopping())
    const press = () => running.child.kill('SIGINT')
    press()
    await expect.poll(() => running.stderr()).toContain('engine hangs')
    press()
    press()
    // Equal signals that arrive together are one.
    await expect.poll(() => (press(), running.stderr())).toContain('Forced to end')
    // One press more than needed ends the process by the signal itself, which a shell reports as 130 too.
    expect((await ended()) ?? 130).toBe(130)
    expect(running.stderr()).not.toContain('engine stopped')
  })

  const crash = (): Promise<void> =>
    running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer())
  const title = () =>
    running.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      return contents?.isCrashed() === true ? 'crashed' : contents?.executeJavaScript('document.title')
    })

  test('reloads a page that has crashed by itself; the second time it prompts, and the engine keeps running', async () => {
    await press(0)
    await crash()
    await expect.poll(() => running.stderr()).toContain('It is loaded again.')
    await expect.poll(title).toBe('test page')
    const asked = () => running.app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    expect(await asked()).toEqual([])
    await crash()
    await expect.poll(asked).toHaveLength(1)
    expect((await asked())[0]).toContain('has ended again')
    await expect.poll(title).toBe('test page')
    expect(running.stderr()).not.toContain('engine stopped')
  })

  test('reloads a page that has crashed while loading, which is no bug of ours', async () => {
    await running.close()
    running = await launchApp({ endsWhileLoading: true })
    await expect.poll(() => running.stderr()).toContain('It is loaded again.')
    await expect.poll(title).toBe('test page')
    expect(existsSync(join(running.folder, 'user-data', 'errors.log'))).toBe(false)
  })

  test('says that a page does not respond, and stops everything on request', async () => {
    await press(1)
    await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.emit('unresponsive'))
    expect(await ended()).toBe(0)
    expect(running.stderr()).toContain('does not answer')
    expect(running.stderr()).toContain('engine stopped')
  })

  test('shows a bug of its own, keeps it in a file, and continues', async () => {
    await press(0)
    await running.app.evaluate(() => void setImmediate(() => void Promise.reject(new Error('a bug of ours'))))
    const asked = () => running.app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    await expect.poll(asked).toHaveLength(1)
    expect((await asked())[0]).toContain('a bug of ours')
    expect(await readFile(join(running.folder, 'user-data', 'errors.log'), 'utf8')).toContain('Error: a bug of ours')
    expect(await running.page.title()).toBe('test page')
  })

  test('opens the About panel from the menu', async () => {
    await running.page.evaluate(`addEventListener('keydown', ({ key }) => { document.title = key })`)
    await running.app.evaluate(({ Menu }) => {
      const help = Menu.getApplicationMenu()?.items.find(({ label }) => label === '&Help')
      help?.submenu?.items.find(({ label }) => label === '&About')?.click()
    })
    await expect.poll(() => running.page.title()).toBe('F1')
  })

  test('is one: a second start shows the first and ends', async () => {
    const { spawn } = await import('node:child_process')
    await running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
    const second = spawn(desktop().executable, ['--no-sandbox', '--disable-gpu', `${running.folder}/main.cjs`], {
      env: {
        PATH: process.env['PATH'],
        DISPLAY: desktop().display,
        HOME: running.folder,
        UI_TEST_FOLDER: running.folder,
      },
    })
    const said: Buffer[] = []
    second.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    const [code] = (await once(second, 'close')) as [number]
    expect(code).toBe(0)
    expect(Buffer.concat(said).toString('utf8')).toContain('The window is open already')
    const shown = () => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())
    await expect.poll(shown).toBe(true)
  })
})

test.describe('the main process', () => {
  test('verifies signatures that name no digest as Node does, and refuses wrong ones', async () => {
    running = await launchApp()
    const verdicts = await running.app.evaluate(() => {
      const crypto = process.getBuiltinModule('crypto')
      const data = Buffer.from('signed')
      const wrong = Buffer.from('other')
      const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
      const ed25519 = crypto.generateKeyPairSync('ed25519')
      return [
        ...[ec, rsa].map(({ publicKey, privateKey }) => {
          const signature = crypto.sign('sha256', data, privateKey)
          const pem = publicKey.export({ type: 'spki', format: 'pem' })
          return [data, wrong].flatMap((each) => [
            crypto.verify(undefined, each, publicKey, signature),
            crypto.verify(null, each, { key: pem }, signature),
          ])
        }),
        [data, wrong].map((each) =>
          crypto.verify(null, each, ed25519.publicKey, crypto.sign(null, data, ed25519.privateKey)),
        ),
      ]
    })
    await running.close()
    expect(verdicts).toEqual([
      [true, true, false, false],
      [true, true, false, false],
      [true, false],
    ])
  })
})

test.describe('the runtime of the tests', () => {
  test('has every fuse as stated', async () => {
    expect(await readFuses(desktop().executable)).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: false,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: true,
      EnableEmbeddedAsarIntegrityValidation: false,
      OnlyLoadAppFromAsar: false,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
    })
  })

  test('is no Node for anyone, whatever the environment says', async () => {
    const { execFile } = await import('node:child_process')
    const { promisify } = await import('node:util')
    const run = promisify(execFile)(desktop().executable, ['--no-sandbox', '-e', 'console.log("node runs")'], {
      env: { ELECTRON_RUN_AS_NODE: '1', PATH: process.env['PATH'], DISPLAY: desktop().display },
    })
    await expect(run).rejects.toMatchObject({ code: 2, stdout: '' })
  })
})
