import { execa } from 'execa'

/**
 * Shows an address in the browser that the person uses: `xdg-open` finds it, as any program on a desktop would have it
 * found (or $BROWSER, where there is no desktop). Nobody waits for it, and where there is none nothing happens: whoever
 * asks shows the address as well.
 */
export function openInBrowser(url: string): void {
  // The browser outlives us; it is the person's own.
  const browser = execa('xdg-open', [url], { detached: true, cleanup: false, stdio: 'ignore', reject: false })
  browser.unref()
}
