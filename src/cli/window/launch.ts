import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { noInspector } from '../../core/process/no-inspector.ts'

/** What Chromium prints on every machine without desktop services; it works without them. */
const harmless =
  /:ERROR:(?:bus\.cc|object_proxy\.cc|gpu_process_host\.cc|viz_main_impl\.cc|command_buffer_proxy_impl\.cc)/

const asRoot = (): boolean => process.getuid?.() === 0

/** Electron's arguments. As root Chromium only starts without its sandbox; the window says so. */
export const windowArguments = (main: string, files: readonly string[] = []): readonly string[] => [
  noInspector,
  ...(asRoot() ? ['--no-sandbox'] : []),
  main,
  `--node=${process.execPath}`,
  ...files,
]

/**
 * Runs the window to its end, with these files opened in it, and returns its exit code, 128 + n when signal n ended it.
 * It runs in our process group, so Ctrl-C in a terminal reaches it by itself; it then stops everything in order, and we
 * wait.
 */
export function launchWindow(executable: string, main: string, files: readonly string[]): Promise<number> {
  if (asRoot()) {
    process.stderr.write('Running as root, so Chromium’s own sandbox is off. Do not do this for daily work.\n')
  }
  return new Promise((resolve, reject) => {
    const child = spawn(executable, windowArguments(main, files), { stdio: ['ignore', 'inherit', 'pipe'] })
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!harmless.test(line)) process.stderr.write(`${line}\n`)
    })
    const wait = (): void => undefined
    const pass = (): void => void child.kill('SIGTERM')
    process.on('SIGINT', wait).on('SIGTERM', pass).on('SIGHUP', pass)
    const over = (): void => {
      process.off('SIGINT', wait).off('SIGTERM', pass).off('SIGHUP', pass)
    }
    child.once('error', (error) => {
      over()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      over()
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
