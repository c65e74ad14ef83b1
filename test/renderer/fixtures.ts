import { test as base, type Page } from 'playwright/test'
import { axeViolations } from '../harness/axe.ts'
import { installedProgram } from '../harness/debian-program.ts'
import { serveGallery } from './gallery/serve.ts'

export { expect, type Page } from 'playwright/test'

/** The gallery open in a browser. */
export interface GalleryPage {
  readonly page: Page
  /** What the pages of this file have complained of so far: errors, and breaches of their policy. */
  readonly complaints: readonly string[]
  readonly url: string
  /** Opens the gallery at a query. */
  readonly open: (query: string, size?: { readonly width: number; readonly height: number }) => Promise<void>
  /** As `open`, in the page that is open already, if one is: for many states, because loading is most of the work. */
  readonly show: GalleryPage['open']
  /** What axe finds, by all its rules or these, on the whole page or within a part of it. */
  readonly violations: (rules?: readonly string[], within?: string) => Promise<readonly string[]>
  /** axe's findings in any theme. A theme changes colours and sizes, so the other rules are run in one. */
  readonly violationsInThemes: () => Promise<readonly string[]>
  /** The requests to the engine. */
  readonly asks: () => Promise<unknown[]>
  /** One more page, with animations; it complains to the same list. */
  readonly moving: () => Promise<Page>
}

/** The dark theme has the light one's sizes, the projector's are its own. */
const themeRules = { light: undefined, dark: ['color-contrast'], projector: ['color-contrast', 'target-size'] }

const usual = { width: 1280, height: 800 }

/** Tests of the window's own pages: `gallery` plays recorded runs in a browser without motion. */
export const test = base.extend<
  { readonly gallery: GalleryPage; readonly needsChromium: undefined },
  { readonly served: { readonly url: string }; readonly complaintsOf: Map<string, string[]> }
>({
  needsChromium: [
    async ({}, use, testInfo) => {
      testInfo.skip(installedProgram('chromium') === undefined, 'There is no Chromium: sudo apt-get install chromium')
      await use(undefined)
    },
    { auto: true },
  ],
  served: [
    async ({}, use) => {
      const { url, close } = await serveGallery()
      await use({ url })
      await close()
    },
    { scope: 'worker' },
  ],
  complaintsOf: [({}, use) => use(new Map()), { scope: 'worker' }],
  gallery: async ({ page, browser, contextOptions, permissions, served: { url }, complaintsOf }, use, { file }) => {
    const complaints = complaintsOf.get(file) ?? []
    complaintsOf.set(file, complaints)
    const listen = (to: Page): void => {
      to.on('pageerror', (error) => complaints.push(error.message))
      to.on('console', (message) => {
        if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
          complaints.push(message.text())
      })
    }
    listen(page)
    const open: GalleryPage['open'] = async (query, size = usual) => {
      await page.setViewportSize(size)
      await page.goto(`${url}?${query}`)
      await page.waitForSelector('h1')
    }
    await use({
      page,
      complaints,
      url,
      moving: async () => {
        const context = await browser.newContext({
          ...contextOptions,
          permissions: permissions ?? [],
          reducedMotion: 'no-preference',
        })
        const moving = await context.newPage()
        listen(moving)
        return moving
      },
      open,
      show: async (query, size = usual) => {
        if (!page.url().startsWith(url)) return open(query, size)
        await page.setViewportSize(size)
        await page.evaluate((detail) => window.dispatchEvent(new CustomEvent('show', { detail })), query)
        await page.waitForSelector('h1')
      },
      violationsInThemes: async () => {
        const found: string[] = []
        for (const theme of ['projector', 'dark', 'light'] as const) {
          await page.getByRole('combobox', { name: 'Theme' }).selectOption(theme)
          const rules = themeRules[theme]
          found.push(...(await axeViolations(page, rules)).map((violation) => `${theme}: ${violation}`))
        }
        return found
      },
      violations: (rules, within) => axeViolations(page, rules, within),
      asks: async () => {
        const asked: unknown = JSON.parse((await page.locator('html').getAttribute('data-asks')) ?? '[]')
        return Array.isArray(asked) ? asked : []
      },
    })
  },
})
