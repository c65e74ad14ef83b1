import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { AppError } from '../../core/domain/app-error.ts'
import { noInspector } from '../../core/process/no-inspector.ts'
import { startFailure } from './start-failure.ts'

/** What Chromium prints on every machine without desktop services; it works without them. */
const harmless =
  /:ERROR:(?:bus\.cc|object_proxy\.cc|gpu_process_host\.cc|viz_main_impl\.cc|command_buffer_proxy_impl\.cc)/

const asRoot = (): boolean => process.getuid?.() === 0

/** What the window is started with. */
export interface WindowStart {
  /** The file of the main process. */
  readonly main: string
  /** Opened in the window. */
  readonly files?: readonly string[]
  /** Chromium's window system, where it has to be named. */
  readonly system?: 'x11' | 'wayland' | undefined
}

/** Electron's arguments. As root Chromium only starts without its sandbox; the window says so. */
export const windowArguments = ({ main, files = [], system }: WindowStart): readonly string[] => [
  noInspector,
  ...(asRoot() ? ['--no-sandbox'] : []),
  ...(system === undefined ? [] : [`--ozone-platform=${system}`]),
  main,
  `--node=${process.execPath}`,
  ...files,
]

/** How the window ended. */
export interface WindowEnd {
  /** Its exit code, 128 + n when signal n ended it. */
  readonly code: number
  /** Why it could not be opened at all. */
  readonly failure?: AppError | undefined
}

const keptLines = 50
const readWithinMs = 1_000

/**
 * Runs the window to its end. It runs in our process group, so Ctrl-C in a terminal reaches it by itself; it then stops
 * everything in order, and we wait.
 */
export function launchWindow(executable: string, start: WindowStart): Promise<WindowEnd> {
  if (asRoot()) {
    process.stderr.write('Running as root, so Chromium’s own sandbox is off. Do not do this for daily work.\n')
  }
  return new Promise((resolve, reject) => {
    const child = spawn(executable, windowArguments(start), { stdio: ['ignore', 'inherit', 'pipe'] })
    // Only the first: what keeps it from starting is said at the start.
    const first: string[] = []
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (first.length < keptLines) first.push(line)
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
    child.once('exit', (exitCode, signal) => {
      over()
      const code = exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal])
      const end = (): void => resolve({ code, failure: code === 0 ? undefined : startFailure(first) })
      if (code === 0) end()
      else {
        // Until its output has been read; something that it left behind may hold that open.
        child.once('close', end)
        setTimeout(end, readWithinMs).unref()
      }
    })
  })
}
