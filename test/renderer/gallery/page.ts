import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'
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
  readonly violations: (rules?: readonly string[], within?: string) => Promise<string[]>
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
    violations: async (rules, within = 'html') => {
      // The nodes that pass are half of the work, and nobody reads of them.
      const axe = new AxeBuilder({ page })
        .setLegacyMode()
        .options({ resultTypes: ['violations'] })
        .include(within)
      const { violations } = await (rules === undefined ? axe : axe.withRules([...rules])).analyze()
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
    },
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
