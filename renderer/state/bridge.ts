import type { Transport } from '../../src/core/contract/transport.ts'

declare global {
  interface Window {
    /** What the preload exposes: the one way to the engine. Missing outside the desktop app. */
    readonly attestor?: Transport
  }
}

/** The way to the engine, or undefined where no preload has put one. */
export const bridge = (): Transport | undefined => window.attestor
