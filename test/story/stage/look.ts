import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { axeViolations } from '../../harness/axe.ts'
import { type Stage, sizes } from './stage.ts'

const results = join(import.meta.dirname, '..', '..', '..', 'test-results')
/** Where the pictures of every screen are kept, to be looked at. */
const screens = join(results, 'screens')

const forReadme = join(results, 'pictures')
for (const folder of [screens, forReadme]) mkdirSync(folder, { recursive: true })

/** Removes the pictures of earlier runs. */
export function emptyScreens(): void {
  rmSync(screens, { recursive: true, force: true })
  mkdirSync(screens, { recursive: true })
}

/** What a spec calls at a screen that is worth a look. */
export type Look = (name: string) => Promise<void>

const themes = ['light', 'dark', 'projector'] as const
let turn = 0

/**
 * Checks what the window shows now, in every size, and keeps a picture of each; the theme is the next one at each screen,
 * because the tests of the pages read every state in every theme. Returns the flaws: a page that is larger than its
 * window, and axe's findings at one size. The window is as before afterwards.
 */
export async function look(stage: Stage, name: string): Promise<readonly string[]> {
  const { page } = stage
  const chooser = page.getByRole('combobox', { name: 'Theme' })
  const before = await chooser.inputValue()
  const found: string[] = []
  const theme = themes[turn % themes.length] ?? 'light'
  const read = sizes[turn % sizes.length]
  turn++
  await chooser.selectOption(theme)
  for (const size of sizes.toReversed()) {
    await stage.resize(size)
    await expect.poll(() => page.evaluate('innerWidth'), `the window is ${size.width} wide`).toBe(size.width)
    const picture = `${theme}-${size.width}x${size.height}-${name}.png`
    await page.screenshot({ path: join(screens, picture), animations: 'disabled' })
    const [wider = 0, higher = 0] = await page.evaluate<readonly number[]>(`(({ scrollWidth, scrollHeight }) =>
      [scrollWidth - innerWidth, scrollHeight - innerHeight])(document.documentElement)`)
    if (wider > 0 || higher > 0) found.push(`${picture}: ${wider}×${higher} pixels larger than the window`)
    if (size === read) found.push(...(await axeViolations(page)).map((each) => `${picture}: ${each}`))
  }
  await chooser.selectOption(before)
  return found
}

/** Keeps one picture of what passes quickly. */
export async function pictureOf({ page }: Stage, name: string): Promise<void> {
  await page.screenshot({ path: join(screens, `light-1280x800-${name}.png`), animations: 'disabled' })
}

/** A picture of the window in the light theme, as README shows it. */
export async function pictureForReadme(page: Page, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('light')
  // Nothing is hovered, and focus is where a story begins.
  await page.getByRole('main').hover({ position: { x: 1, y: 1 } })
  await page.screenshot({ path: join(forReadme, `${name}.png`), animations: 'disabled' })
}
