import { readFile } from 'node:fs/promises'
import { extname, relative } from 'node:path'
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

/** Pictures that are made while the program runs, by name; undefined while there is none yet. */
type Pictures = Readonly<Record<string, () => Uint8Array<ArrayBuffer> | undefined>>

/** Serves the files below `root`, these pictures, and nothing else, as app://attestor/… in this session. */
export function serveApp(where: Protocol, root: string, pictures: Pictures = {}): void {
  where.handle(appScheme, async ({ url, method }) => {
    const file = method === 'GET' ? resolveAppPath(url, root) : undefined
    const type = file === undefined ? undefined : types[extname(file)]
    const picture = file === undefined ? undefined : pictures[relative(root, file)]?.()
    if (picture !== undefined) return answer(200, 'image/png', picture)
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
