// Starts a program in the window's runtime, and reports on stdout when its page shows something and when it can be
// used.
'use strict'
const { app } = require('electron')

const say = (word) => process.stdout.write(`bench ${word}\n`)
// Two frames: what the first one draws is on the screen when the second begins.
const shown = (selector) => `new Promise((resolve) => {
  const look = () => document.querySelector(${JSON.stringify(selector)}) === null
    ? requestAnimationFrame(look)
    : requestAnimationFrame(() => requestAnimationFrame(resolve))
  look()
}).then(() => true)`

app.on('browser-window-created', (_event, window) => {
  window.webContents.once('dom-ready', () => {
    void window.webContents.executeJavaScript(shown('h1')).then(() => say('shown'))
    void window.webContents.executeJavaScript(shown('.button-primary')).then(() => say('usable'))
  })
})

if (process.env.BENCH_MAIN === undefined) {
  // An empty window with the window's own options, to compare with.
  app.setPath('userData', process.env.BENCH_USER_DATA)
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  void app.whenReady().then(() => {
    const window = new (require('electron').BrowserWindow)({
      width: 1280,
      height: 800,
      show: false,
      webPreferences: { contextIsolation: true, sandbox: true, nodeIntegration: false },
    })
    window.once('ready-to-show', () => window.show())
    return window.loadURL('data:text/html,<h1>empty</h1><button class="button-primary">press</button>')
  })
  process.on('SIGTERM', () => app.exit(0))
} else {
  require(process.env.BENCH_MAIN)
}
