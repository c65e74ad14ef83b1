import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const projector = { width: 1280, height: 720 }
const runs = [...scenarioIds, 'ci', 'one-leaf', 'public', 'told-public', 'told-acme', 'told-server', 'told-agent']
/** What a person is asked, or waits for, on the way. */
const onTheWay = [
  'run=signed&until=step.waited/sign',
  'run=wrong-issuer&until=step.waited/sign',
  'run=signed&until=step.gate-decided/attest&act=attest',
  'run=signed&until=step.started/build',
  'run=told-public&until=step.waited/consent',
  'run=signed&until=step.passed/build&paused=push',
]

/** A page at depth story, and what it has that it must not have: small text, what scrolls, more than seven facts. */
interface StoryPage {
  /** A page is identified by its place and its headline. */
  readonly place: string
  readonly problems: readonly string[]
}

/** Measured in the page itself, in every theme: there are hundreds of pages. */
function storyPage(themes: readonly string[]): StoryPage {
  const seen = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    element.closest('.hidden, .elided, .header-look') === null
  const smallestText = (): { readonly size: number; readonly at: string } => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    let [size, at] = [Number.POSITIVE_INFINITY, '']
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const place = node.parentElement
      if (place === null || node.textContent?.trim() === '' || !seen(place) || place.closest('option') !== null)
        continue
      // A picture is scaled as a whole, and its text with it.
      const scale = place instanceof SVGGraphicsElement ? (place.getScreenCTM()?.a ?? 1) : 1
      const here = Number.parseFloat(getComputedStyle(place).fontSize) * scale
      if (here < size) [size, at] = [here, node.textContent ?? '']
    }
    return { size, at }
  }
  const problems: string[] = []
  for (const theme of themes) {
    document.documentElement.dataset['theme'] = theme
    const { size, at } = smallestText()
    if (size < 18) problems.push(`${theme}: ${size} px: ${at}`)
    for (const box of document.querySelectorAll('.stage, .header, .footer, html')) {
      const { className, scrollWidth, scrollHeight, clientWidth, clientHeight } = box
      if (scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1)
        problems.push(
          `${theme}: ${className} scrolls: ${scrollWidth}×${scrollHeight} in ${clientWidth}×${clientHeight}`,
        )
    }
    const facts = document.querySelectorAll('.stage [data-fact]').length
    if (facts > 7) problems.push(`${theme}: ${facts} facts`)
  }
  const textOf = (selector: string): string => document.querySelector(selector)?.textContent ?? ''
  return { place: `${textOf('h1')}, ${textOf('.footer-position')}`, problems }
}

const themes = ['light', 'dark', 'projector']

test.describe('the three depths', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })

  test('as a story, every act of every recording fits 1280×720 in every theme, with large text and few facts', async () => {
    test.setTimeout(300_000)
    const found: string[] = []
    const look = async (name: string): Promise<string> => {
      const { place, problems } = await page.evaluate(storyPage, themes)
      found.push(...problems.map((problem) => `${name}, ${place}, ${problem}`))
      return place
    }
    for (const run of runs) {
      await gallery.show(`run=${run}&act=map&depth=story`, projector)
      const seen = new Set<string>()
      // The next page, until there is none.
      for (let place = await look(run); !seen.has(place); place = await look(run)) {
        seen.add(place)
        await page.keyboard.press('PageDown')
      }
      expect(seen.size, run).toBeGreaterThan(run === 'unsigned' ? 8 : 11)
    }
    for (const state of onTheWay) {
      await gallery.show(`${state}&depth=story`, projector)
      await look(state)
    }
    expect(found).toEqual([])
  })

  test('are chosen with one key each, kept for the next start, and independent of the theme', async () => {
    await gallery.open('run=signed&act=attest&theme=dark')
    const choice = page.getByRole('combobox', { name: 'Depth' })
    for (const [key, depth] of [
      ['s', 'story'],
      ['x', 'bytes'],
      ['e', 'engineer'],
      ['S', 'story'],
    ] as const) {
      await page.keyboard.press(key)
      await expect(choice).toHaveValue(depth)
      await expect(page.locator('html')).toHaveAttribute('data-depth', depth)
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    }
    await gallery.open('run=signed&act=build')
    await expect(page.getByRole('combobox', { name: 'Depth' })).toHaveValue('story')
    await page.keyboard.press('h')
    await expect(page.locator('html')).toHaveAttribute('data-depth', 'engineer')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText(
      'an act as a story, for an engineer, or its bytes',
    )
  })

  test('show at every depth that a page is a recording, and of which environment it is', async () => {
    await gallery.open('')
    await page.getByRole('button', { name: 'Watch a recording of Tampered' }).click()
    await page.keyboard.press('s')
    await expect(page.getByText('REPLAY')).toBeVisible()
    await expect(page.locator('.chip-title')).toBeVisible()
    await gallery.open('run=told-public&act=sign&depth=story', projector)
    await expect(page.getByText('PUBLIC', { exact: false }).first()).toBeVisible()
  })

  test('show the bytes: each range is lit in the structure and in the hex, by pointer and by keyboard', async () => {
    await gallery.open('run=signed&act=certificate&depth=bytes')
    const serial = page.getByRole('treeitem', { name: /^Serial number/ })
    await serial.hover()
    await expect(page.locator('.hex-bytes mark').first()).toContainText('02 14 34')
    await expect(page.getByRole('status').last()).toContainText('bytes 13 to 34, 22 in all')
    // From the bytes to the structure.
    await page.locator('.hex-bytes[data-from="0"]').hover({ position: { x: 4, y: 4 } })
    await expect(page.locator('.byte-row[data-lit="true"]')).toContainText('Certificate')
    await page.locator('.hex-bytes[data-from="112"]').click({ position: { x: 4, y: 4 } })
    await expect(page.locator('.byte-row[data-current="true"]')).toContainText('Not before')
    // By keyboard alone: the tree is one stop.
    await page.getByRole('tree').getByRole('treeitem', { selected: true }).focus()
    await page.keyboard.press('ArrowDown')
    await expect(page.getByRole('treeitem', { selected: true })).toContainText('Not after')
    await page.keyboard.press('ArrowLeft')
    await expect(page.getByRole('treeitem', { selected: true })).toContainText('Validity')
    await page.keyboard.press('ArrowLeft')
    await expect(page.getByRole('treeitem', { selected: true })).toHaveAttribute('aria-expanded', 'false')
    await page.keyboard.press('Home')
    await expect(page.getByRole('treeitem', { selected: true })).toContainText('Certificate')
  })

  test('have the named data: certificate, bundle, PAE, log entry, checkpoint, timestamp, SVID', async () => {
    for (const [act, documents] of [
      ['sign', ['bundle', 'signature', 'timestamp', 'PAE']],
      ['certificate', ['certificate', 'precertificate']],
      ['log-entry', ['log entry', 'checkpoint']],
      ['identity', ['SVID', 'trust bundle']],
      ['attest', ['decision record', 'SVID']],
      ['push', ['pushed image']],
    ] as const) {
      await gallery.show(`run=signed&act=${act}&depth=bytes`, projector)
      const choice = page.getByRole('group', { name: 'Data of this act' })
      await expect(choice.getByRole('button')).toHaveText([...documents])
      for (const title of documents) {
        await choice.getByRole('button', { name: title, exact: true }).click()
        await expect(page.getByRole('treeitem').nth(1)).toBeVisible()
        const scrolls = await page.locator('.stage').evaluate((stage) => stage.scrollHeight - stage.clientHeight)
        expect(scrolls, `${act}, ${title}`).toBeLessThan(2)
      }
    }
  })

  test('have no axe findings, in any theme, and no page is wider than the window', async () => {
    test.setTimeout(300_000)
    const found: string[] = []
    for (const state of [
      'run=signed&act=attest&depth=story',
      'run=tampered&act=attest&depth=story',
      'run=signed&act=log-entry&depth=story',
      'run=signed&act=certificate&depth=bytes',
      'run=signed&act=sign&depth=bytes',
    ]) {
      await gallery.show(state, projector)
      found.push(...(await gallery.violations()).map((violation) => `${state} ${violation}`))
      for (const theme of ['dark', 'projector']) {
        await page.evaluate((chosen) => {
          document.documentElement.dataset['theme'] = chosen
        }, theme)
        found.push(
          ...(await gallery.violations(['color-contrast', 'target-size'])).map((each) => `${theme} ${state} ${each}`),
        )
      }
      for (const size of [
        { width: 900, height: 600 },
        { width: 640, height: 400 },
      ]) {
        await gallery.show(state, size)
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        if (wide > 0) found.push(`${state} at ${size.width}: ${wide} px too wide`)
      }
    }
    expect(found).toEqual([])
  })

  test('never violate the policy, and never throw', () => {
    expect(gallery.complaints).toEqual([])
  })
})
