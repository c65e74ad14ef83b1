import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright/test'
import { bundleAppWithPages, launchApp, type TestApp } from './harness/app.ts'
import { expect, test } from './harness/fixtures.ts'
import { type Witness, witness } from './harness/witness.ts'

// The second window: the presenter's. It is confined as the first one is, has a narrower way to the program, and is the
// only one that ever holds notes.

const recording = fileURLToPath(new URL('../renderer/recordings/signed.jsonl', import.meta.url))
let running: TestApp
let elsewhere: Witness
let presenter: Page

const begin = (page: Page, mode: 'live' | 'replay'): Promise<unknown> =>
  page.evaluate(`window.desktop.send({ kind: 'talk-begin', name: 'a-talk', mode: '${mode}' })`)

test.beforeAll(async () => {
  elsewhere = await witness()
  running = await launchApp({ folder: await bundleAppWithPages(), recording })
  await begin(running.page, 'replay')
  await expect(running.page.getByRole('heading', { name: 'A talk' })).toBeVisible()
  // One display: the notes come with a key.
  expect(await count()).toBe(1)
  const opened = running.app.waitForEvent('window')
  await running.page.keyboard.press('n')
  presenter = await opened
  await presenter.waitForLoadState('load')
  await expect(presenter.getByRole('heading', { name: 'Notes' })).toBeVisible()
})
test.afterAll(async () => {
  await running.close()
  await elsewhere.stop()
})

const count = (): Promise<number> => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)

test('is a page of its own, with two functions and no way to the engine', async () => {
  expect(presenter.url()).toBe('app://attestor/presenter.html')
  expect(await presenter.evaluate('Object.keys(window.presenter).sort()')).toEqual(['onView', 'send'])
  expect(await presenter.evaluate('Object.isFrozen(window.presenter)')).toBe(true)
  expect(
    await presenter.evaluate(
      '[typeof window.attestor, typeof window.desktop, typeof window.require, typeof window.process]',
    ),
  ).toEqual(['undefined', 'undefined', 'undefined', 'undefined'])
  expect(await running.page.evaluate('typeof window.presenter')).toBe('undefined')
})

test('has the same preferences and the same policy as the first window', async () => {
  const confined = await running.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => {
      const { contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity }: Record<string, unknown> = (
        window.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }
      ).getLastWebPreferences()
      return { contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity }
    }),
  )
  expect(confined).toHaveLength(2)
  expect(confined[1]).toEqual(confined[0])
  expect(confined[0]).toMatchObject({ contextIsolation: true, nodeIntegration: false, webSecurity: true })
  // An inline script and a request to elsewhere are refused.
  await presenter.evaluate(
    `const script = document.createElement('script'); script.textContent = 'window.inline = true'; document.body.append(script)`,
  )
  expect(await presenter.evaluate('window.inline')).toBeUndefined()
  expect(await presenter.evaluate(`fetch('${elsewhere.origin}/').then(() => 'sent', () => 'refused')`)).toBe('refused')
  expect(elsewhere.seen).toEqual([])
})

test('moves the talk; only it shows the notes', async () => {
  await presenter.keyboard.press('PageDown')
  await expect(presenter.getByText('SECRET-NOTE one')).toBeVisible()
  await presenter.keyboard.press('PageDown')
  await expect(presenter.getByText('SECRET-NOTE two')).toBeVisible()
  await expect(running.page.getByText('2 of 2')).toBeVisible()
  await presenter.keyboard.press('b')
  await expect(running.page.getByRole('status', { name: 'The screen is blank' })).toBeVisible()
  await presenter.keyboard.press('b')
  await running.page.keyboard.press('PageUp')
  await expect(presenter.getByText('SECRET-NOTE one')).toBeVisible()
  expect(await running.page.content()).not.toContain('SECRET-NOTE')
  // What the page was sent, and not only what it shows.
  const sent = await running.page.evaluate(
    `new Promise((resolve) => { window.desktop.onTalk((audience) => resolve(JSON.stringify(audience))); window.desktop.send({ kind: 'talk-watch' }) })`,
  )
  expect(sent).toContain('"title":"A talk"')
  expect(sent).not.toContain('SECRET-NOTE')
})

test('masks the audience’s window for cameras, and shows it again', async () => {
  const masked = running.page.getByText('MASKED', { exact: true })
  await presenter.keyboard.press('m')
  await expect(masked).toBeVisible()
  await presenter.getByRole('button', { name: 'Mask M' }).click()
  await expect(masked).toHaveCount(0)
})

test('shows the audience’s window as a picture', async () => {
  const picture = presenter.getByRole('img', { name: 'The audience’s window now' })
  await expect(picture).toBeVisible()
  await expect.poll(() => presenter.evaluate("document.querySelector('img')?.naturalWidth")).toBe(960)
  if (process.env['SHOTS'] !== undefined) await presenter.screenshot({ path: process.env['SHOTS'] })
})

test('ignores what is no message of it, and what another page sends', async () => {
  for (const message of [
    "{ kind: 'talk-begin', name: 'a-talk', mode: 'live' }",
    "{ kind: 'holds' }",
    '1',
    "{ kind: 'talk-point', to: { x: 7, y: 0 } }",
  ])
    expect(await presenter.evaluate(`window.presenter.send(${message})`)).toBeNull()
  await expect(presenter.getByText('SECRET-NOTE one')).toBeVisible()
})

test('is reloaded in place, and can be closed and opened again: the talk goes on', async () => {
  await presenter.evaluate('location.reload()')
  await expect(presenter.getByText('SECRET-NOTE one')).toBeVisible()
  await presenter.close()
  await expect.poll(count).toBe(1)
  await running.page.keyboard.press('PageDown')
  await expect(running.page.getByText('2 of 2')).toBeVisible()
  const opened = running.app.waitForEvent('window')
  await running.page.keyboard.press('n')
  presenter = await opened
  await expect(presenter.getByText('SECRET-NOTE two')).toBeVisible()
})

test('comes back when its display has gone', async () => {
  await running.app.evaluate(({ BrowserWindow, screen }) => {
    const window = BrowserWindow.getAllWindows().find(({ title }) => title.startsWith('Presenter'))
    window?.setBounds({ x: 20_000, y: 20_000, width: 900, height: 700 })
    screen.emit('display-removed', {}, screen.getPrimaryDisplay())
  })
  const placed = () =>
    running.app.evaluate(({ BrowserWindow, screen }) => {
      const [window] = BrowserWindow.getAllWindows().filter(({ title }) => title.startsWith('Presenter'))
      const { x = -1, y = -1 } = window?.getBounds() ?? {}
      const { workArea } = screen.getPrimaryDisplay()
      return x >= workArea.x && x < workArea.x + workArea.width && y >= workArea.y && y < workArea.y + workArea.height
    })
  await expect.poll(placed).toBe(true)
})

// Playwright waits for a navigation that is refused, so this comes late, and everything after it is a script.
test('goes nowhere, opens nothing, and may nothing', async () => {
  await presenter.evaluate("window.mark = 'same page'")
  for (const place of [
    `${elsewhere.origin}/`,
    'app://attestor/index.html',
    'file:///etc/hostname',
    'data:text/html,x',
  ]) {
    await presenter.evaluate(`location.href = ${JSON.stringify(place)}`)
    expect(await presenter.evaluate(`window.open(${JSON.stringify(place)}) === null`)).toBe(true)
  }
  // Nor does the audience's page become the presenter's.
  await running.page.evaluate("location.href = 'app://attestor/presenter.html'")
  await running.page.evaluate('new Promise((resolve) => setTimeout(() => setTimeout(resolve)))')
  expect(running.page.url()).toBe('app://attestor/index.html')
  expect(presenter.url()).toBe('app://attestor/presenter.html')
  expect(await presenter.evaluate('window.mark')).toBe('same page')
  expect(await presenter.evaluate("navigator.clipboard.writeText('x').then(() => 'written', () => 'refused')")).toBe(
    'refused',
  )
  expect(await count()).toBe(2)
  expect(elsewhere.seen).toEqual([])
})

test('closes with the talk, which leaves the window as it was', async () => {
  // The window may be gone before it has answered.
  await presenter.evaluate("void window.presenter.send({ kind: 'talk-press', what: 'end' })").catch(() => undefined)
  await expect.poll(count).toBe(1)
  await expect.poll(() => running.page.evaluate("document.querySelector('.talk') === null")).toBe(true)
})
