import type { Envelope, Transport } from '../../src/core/contract/transport.ts'

/** What a browser's WebSocket and the one of the `ws` package have in common. */
export interface Socket {
  /** 1 once it is open. */
  readonly readyState: number
  readonly send: (text: string) => void
  readonly addEventListener: (type: 'open' | 'message' | 'close', listener: (event: { data?: unknown }) => void) => void
}

/** The messages, one JSON text each. */
export type Question = { readonly id: number; readonly name: string; readonly input: unknown }
export type Message = { readonly id: number; readonly answer: Envelope } | { readonly changes: unknown }

interface Waiting {
  readonly resolve: (answer: Envelope) => void
  readonly reject: (why: Error) => void
}

/** A front end's end of a WebSocket. A request rejects when the connection closes before its response. */
export function webSocketTransport(socket: Socket): Transport {
  const listeners = new Set<(batch: unknown) => void>()
  const waiting = new Map<number, Waiting>()
  let last = 0
  let gone = false
  const opened = new Promise<void>((resolve) => {
    if (socket.readyState === 1) resolve()
    else socket.addEventListener('open', () => resolve())
  })
  socket.addEventListener('close', () => {
    gone = true
    for (const { reject } of waiting.values()) reject(new Error('The connection is gone.'))
    waiting.clear()
  })
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if ('changes' in message) for (const listener of listeners) listener(message.changes)
    else {
      waiting.get(message.id)?.resolve(message.answer)
      waiting.delete(message.id)
    }
  })
  return {
    request: (name, input) =>
      new Promise<Envelope>((resolve, reject) => {
        if (gone) return reject(new Error('The connection is gone.'))
        const question: Question = { id: ++last, name, input }
        waiting.set(question.id, { resolve, reject })
        void opened.then(() => socket.send(JSON.stringify(question)))
      }),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
