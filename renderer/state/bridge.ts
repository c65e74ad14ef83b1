import type { DesktopWindow } from '../../src/core/contract/desktop.ts'
import type { Transport } from '../../src/core/contract/transport.ts'

declare global {
  interface Window {
    /** What the preload exposes: the only way to the engine. Missing outside the desktop app. */
    readonly attestor?: Transport
    /** The window around the page. Missing outside the desktop app. */
    readonly desktop?: DesktopWindow
  }
}

/** The way to the engine, or undefined without a preload. */
export const bridge = (): Transport | undefined => window.attestor

/** The window around the page, or undefined outside ours. */
export const desktop = (): DesktopWindow | undefined => window.desktop
