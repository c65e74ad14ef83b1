import { join } from 'node:path'
import { chromium, expect, type Page } from 'playwright/test'
import { createHost } from '../../../src/core/orchestrator/host/host.ts'
import type { LoginPort } from '../../../src/core/steps/resources.ts'
import { serveWebSocket } from '../../harness/web-socket-server.ts'
import { dist, root } from '../../integration/harness/session.ts'
import { listen, ownFolders, type Stage } from './stage.ts'

export interface ChromiumStage extends Stage {
  readonly front: 'chromium'
}

/** The built page in a browser, over WebSocket, on the real engine in this process. */
export async function chromiumStage(): Promise<ChromiumStage> {
  const where = ownFolders()
  const complaints: string[] = []
  const logins: { readonly url: string; readonly ended: AbortSignal }[] = []
  // The browser of the person who logs in: given the address, and ended by the waiting test.
  const showLogin: LoginPort = (request, ended) => {
    logins.push({ url: request.url, ended })
    return new Promise(() => undefined)
  }
  const host = createHost({
    folders: where,
    assets: join(root, 'assets'),
    programs: {
      node: process.execPath,
      attestorPlugin: join(dist, 'attestor-plugin.cjs'),
      issuer: join(dist, 'oidc-issuer.mjs'),
      openerDir: join(dist, 'opener'),
    },
    about: { version: '0.0.0-test', runTime: null },
    showLogin,
    onBug: (thrown) => complaints.push(String(thrown)),
  })
  const served = await serveWebSocket(host.server, join(dist, 'renderer'))
  // As the project's configuration says.
  const browser = await chromium.launch()
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  listen(page, complaints)
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(served.page)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return {
    front: 'chromium',
    page,
    where,
    loginPage: async () => {
      const waiting = () => logins.find(({ ended }) => !ended.aborted)
      await expect.poll(waiting, { message: 'cosign asks for a login', timeout: 60_000 }).toBeDefined()
      const open = waiting()
      if (open === undefined) throw new Error('The login was over before it was answered.')
      const login: Page = await (await browser.newContext()).newPage()
      await login.goto(open.url)
      // Its context stays: Playwright Test looks into each open one between two tests, and fails at one that is closing.
      open.ended.addEventListener('abort', () => void login.close().catch(() => undefined))
      return login
    },
    resize: (size) => page.setViewportSize(size),
    clipboard: () => page.evaluate<string>('navigator.clipboard.readText()'),
    complaints: () => complaints,
    close: async () => {
      // Whatever happens to the browser, nothing that the host started stays.
      try {
        await browser.close()
      } finally {
        await host.close()
        await served.close()
      }
    },
  }
}
