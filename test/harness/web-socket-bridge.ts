import { type Socket, webSocketTransport } from './web-socket-transport.ts'

// Runs in the page, before its own program: replaces the preload of the desktop app.
const browser = globalThis as unknown as {
  readonly location: { readonly href: string }
  readonly WebSocket: new (address: string) => Socket
}
const address = new URL('socket', browser.location.href)
address.protocol = 'ws:'
const attestor = Object.freeze(webSocketTransport(new browser.WebSocket(address.href)))
Object.defineProperty(globalThis, 'attestor', { value: attestor, enumerable: true })
