import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { type Protocol, protocol } from 'electron'
import { appScheme, contentSecurityPolicy, resolveAppPath } from './app-path.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
}

/** Tells Chromium that app:// is a real, secure origin. Before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true } }])
}

/** Serves the files below `root`, and nothing else, as app://attestor/… in this session. */
export function serveApp(where: Protocol, root: string): void {
  where.handle(appScheme, async ({ url, method }) => {
    const file = method === 'GET' ? resolveAppPath(url, root) : undefined
    const type = file === undefined ? undefined : types[extname(file)]
    if (file === undefined || type === undefined) return answer(404, 'text/plain', 'not here')
    try {
      return answer(200, type, await readFile(file))
    } catch {
      return answer(404, 'text/plain', 'not here')
    }
  })
}

const answer = (status: number, type: string, body: string | Uint8Array<ArrayBuffer>): Response =>
  new Response(body, {
    status,
    headers: {
      'content-type': type,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    },
  })
