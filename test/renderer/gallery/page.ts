import { type Browser, chromium, type Page } from 'playwright-core'
import { axeViolations } from '../../harness/axe.ts'
import { serveGallery } from './serve.ts'

/** The gallery open in a browser. */
export interface GalleryPage {
  readonly page: Page
  /** What the page complained of: errors, and breaches of its policy. */
  readonly complaints: readonly string[]
  /** Opens the gallery at a query. */
  readonly url: string
  readonly open: (query: string, size?: { readonly width: number; readonly height: number }) => Promise<void>
  /** What axe finds, by all its rules or these, on the whole page or within a part of it. */
  readonly violations: (rules?: readonly string[], within?: string) => Promise<readonly string[]>
  /** What axe finds in any theme. A theme changes colours and sizes, so the other rules are asked in one. */
  readonly violationsInThemes: () => Promise<readonly string[]>
  /** What has been asked of the engine. */
  readonly asks: () => Promise<unknown[]>
  /** One more page, in which things move; it complains to the same list. */
  readonly moving: () => Promise<Page>
  readonly close: () => Promise<void>
}

const usual = { width: 1280, height: 800 }

/** Serves the gallery and opens a browser without motion for it. */
export async function galleryPage(executablePath: string | null): Promise<GalleryPage> {
  const complaints: string[] = []
  const gallery = await serveGallery()
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser: Browser = await chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: asRoot,
  })
  const pageWith = async (reducedMotion: 'reduce' | 'no-preference'): Promise<Page> => {
    const context = await browser.newContext({
      reducedMotion,
      viewport: usual,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
        complaints.push(message.text())
    })
    return page
  }
  const page = await pageWith('reduce')
  return {
    page,
    complaints,
    url: gallery.url,
    moving: () => pageWith('no-preference'),
    open: async (query, size = usual) => {
      await page.setViewportSize(size)
      await page.goto(`${gallery.url}?${query}`)
      await page.waitForSelector('h1')
    },
    violationsInThemes: async () => {
      const found: string[] = []
      for (const theme of ['projector', 'dark', 'light']) {
        await page.getByRole('combobox', { name: 'Theme' }).selectOption(theme)
        const rules = theme === 'light' ? undefined : ['color-contrast', 'target-size']
        found.push(...(await axeViolations(page, rules)).map((violation) => `${theme}: ${violation}`))
      }
      return found
    },
    violations: (rules, within) => axeViolations(page, rules, within),
    asks: async () => {
      const asked: unknown = JSON.parse((await page.locator('html').getAttribute('data-asks')) ?? '[]')
      return Array.isArray(asked) ? asked : []
    },
    close: async () => {
      await browser.close()
      await gallery.close()
    },
  }
}
