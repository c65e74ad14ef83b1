import { execa } from 'execa'

/**
 * Opens an address in the person's browser: `xdg-open` finds it, as for any program on a desktop (or $BROWSER, without
 * a desktop). It is not waited for, and without a browser nothing happens: the caller shows the address as well.
 */
export function openInBrowser(url: string): void {
  // The browser outlives us; it is the person's own.
  const browser = execa('xdg-open', [url], { detached: true, cleanup: false, stdio: 'ignore', reject: false })
  browser.unref()
}
