import type { DesktopWindow } from '../../src/core/contract/desktop.ts'
import type { Transport } from '../../src/core/contract/transport.ts'

declare global {
  interface Window {
    /** What the preload exposes: the one way to the engine. Missing outside the desktop app. */
    readonly attestor?: Transport
    /** The window around the page. Missing outside the desktop app. */
    readonly desktop?: DesktopWindow
  }
}

/** The way to the engine, or undefined where no preload has put one. */
export const bridge = (): Transport | undefined => window.attestor

/** The window around the page, or undefined where there is none of ours. */
export const desktop = (): DesktopWindow | undefined => window.desktop
