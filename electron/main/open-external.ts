/** Hosts that a person may be sent to, in their own browser. */
const hosts: ReadonlySet<string> = new Set([
  'docs.sigstore.dev',
  'spiffe.io',
  'search.sigstore.dev',
  'github.com',
  'docs.docker.com',
])

/**
 * The address to open, assembled again from its parts, or undefined: only https on the default port, without
 * credentials, on a host of the list. Assembling it again drops whatever a parser might read differently.
 */
export function allowedExternal(address: string): string | undefined {
  if (address.length > 2_000 || !/^[\x21-\x7e]+$/.test(address)) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.protocol !== 'https:' || url.port !== '') return undefined
  if (url.username !== '' || url.password !== '' || !hosts.has(url.hostname)) return undefined
  return `https://${url.hostname}${url.pathname}${url.search}${url.hash}`
}

/**
 * Opens an address of the list in the person's browser, with Electron's `shell.openExternal`; returns whether it did.
 */
export async function openExternal(address: string, open: (url: string) => Promise<void>): Promise<boolean> {
  const url = allowedExternal(address)
  if (url === undefined) return false
  await open(url)
  return true
}
