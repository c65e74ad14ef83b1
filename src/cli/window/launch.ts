import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { noInspector } from '../../core/process/no-inspector.ts'

/** What Chromium says on every machine without a desktop's services; it does without them. */
const harmless =
  /:ERROR:(?:bus\.cc|object_proxy\.cc|gpu_process_host\.cc|viz_main_impl\.cc|command_buffer_proxy_impl\.cc)/

/**
 * Runs the window to its end and answers its exit code, 128 + n when signal n ended it. It runs in our process group, so
 * Ctrl-C in a terminal reaches it by itself; it then stops everything in order, and we wait.
 */
export function launchWindow(executable: string, main: string): Promise<number> {
  // Chromium refuses to start as root with its sandbox; the window says that it runs without.
  const root = process.getuid?.() === 0
  if (root) process.stderr.write('Running as root, so Chromium’s own sandbox is off. Do not do this for daily work.\n')
  const args = [noInspector, ...(root ? ['--no-sandbox'] : []), main, `--node=${process.execPath}`]
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { stdio: ['ignore', 'inherit', 'pipe'] })
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
