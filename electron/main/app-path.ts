import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Where all pages of the window come from. */
export const appScheme = 'app'
export const appOrigin = 'app://attestor'
export const startPage = `${appOrigin}/index.html`
/** The page of the presenter window. */
export const presenterPage = `${appOrigin}/presenter.html`

/**
 * What every answer carries. `default-src 'none'` and the rest one by one: code, styles, fonts and pictures are files of
 * ours, there are no connections, no frames and no forms.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The file below `root` that an address of ours names, or undefined: another scheme or host, credentials or a port, a
 * name that is not plain after decoding (`..`, a backslash, a second `%`, a control character), a folder.
 */
export function resolveAppPath(address: string, root: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !isOurs(url)) return undefined
  const path = decode(url.pathname)
  if (path === undefined || !/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(path)) return undefined
  const file = resolve(root, `.${path}`)
  const inside = relative(root, file)
  return inside === '' || inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside) ? undefined : file
}

/** Whether an address is one of our own pages. */
export function isAppAddress(address: string): boolean {
  return URL.canParse(address) && isOurs(new URL(address))
}

const isOurs = (url: URL): boolean =>
  // A custom scheme has the opaque origin `null` in Node, so the parts are compared.
  url.protocol === `${appScheme}:` &&
  `${url.protocol}//${url.host}` === appOrigin &&
  url.username === '' &&
  url.password === ''

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
