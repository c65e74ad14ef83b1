import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Browser, chromium, expect, type Page } from 'playwright/test'

/** The packaged program, running. */
export interface Packaged {
  readonly page: Page
  readonly pid: number
  /** Of Chromium's debugging, which controls the page. */
  readonly port: number
  /** What it has said on stderr so far. */
  readonly said: () => string
  /** Sends SIGTERM, and waits until it has ended. */
  readonly end: () => Promise<void>
  readonly code: () => number | null
}

/** Starts a packaged program and waits for its page. */
export async function startPackaged(executable: string, env: Readonly<Record<string, string>>): Promise<Packaged> {
  const root = process.getuid?.() === 0
  const args = [...(root ? ['--no-sandbox'] : []), '--disable-gpu', '--remote-debugging-port=0', '--inspect=0']
  const child = spawn(executable, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      const found = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    void exited.then(() => reject(new Error(`it ended at once: ${lines.join('\n')}`)))
  })
  let connection: Browser | undefined
  const end = async (): Promise<void> => {
    // First: a program that ends takes the page from Playwright's own work at the end of a test.
    await connection?.close()
    child.kill('SIGTERM')
    await exited
  }
  try {
    connection = await connect(address)
    const page = firstPage(connection)
    const pid = child.pid ?? 0
    return {
      page,
      pid,
      port: Number(new URL(address).port),
      said: () => lines.join('\n'),
      end,
      code: () => child.exitCode,
    }
  } catch (error) {
    await end()
    throw error
  }
}

async function connect(address: string): Promise<Browser> {
  // If it is queried before Electron has a page, Chromium never answers Playwright.
  const pages = async () => (await fetch(`http://${new URL(address).host}/json/list`)).text()
  await expect
    .poll(pages, { message: 'the packaged program has its page', timeout: 20_000 })
    .toContain('app://attestor/')
  return chromium.connectOverCDP(address)
}

function firstPage(browser: Browser): Page {
  const [page] = browser.contexts().flatMap((context) => context.pages())
  if (page === undefined) throw new Error('it has no page')
  return page
}
