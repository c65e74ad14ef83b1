import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

// What the windows may do is read from the windows themselves: test/ui/bridge.test.ts and test/ui/login.test.ts.

it('dangerous APIs are used in one file each', () => {
  const folder = join(import.meta.dirname, '..', '..', '..', 'electron')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const speaking = (word: RegExp): string[] =>
    files.filter((file) => word.test(readFileSync(join(folder, file), 'utf8'))).sort()
  expect(files.length).toBeGreaterThan(10)
  expect(speaking(/\bipcMain\b/)).toEqual(['main/ipc-endpoint.ts'])
  expect(speaking(/\bipcRenderer\b/)).toEqual(['preload/preload.ts', 'preload/presenter.ts'])
  expect(speaking(/\.send\(/)).toEqual(['main/ipc-endpoint.ts'])
  expect(speaking(/shell\.openExternal/)).toEqual(['main/menu.ts', 'main/open-external.ts'])
  expect(speaking(/new BrowserWindow\(/)).toEqual([
    'main/login-window.ts',
    'main/start-app.ts',
    'main/talk/presenter-window.ts',
  ])
  expect(speaking(/executeJavaScript|enableBlinkFeatures|<webview/)).toEqual([])
  // The switch that disables the sandbox is given by the command that starts us as root; here it is only read.
  expect(speaking(/appendSwitch\((?!'disable-gpu-process-crash-limit'\))/)).toEqual([])
})
