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

/** What a page at depth story must not have: the smallest text, what scrolls, and how many facts. */
function measured(): {
  readonly smallest: number
  readonly at: string
  readonly scrolls: string
  readonly facts: number
} {
  const seen = (element: Element): boolean =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    element.closest('.hidden, .elided, .header-look') === null
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let smallest = Number.POSITIVE_INFINITY
  let at = ''
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const place = node.parentElement
    if (place === null || node.textContent?.trim() === '' || !seen(place) || place.closest('option') !== null) continue
    // A picture is scaled as a whole, and its text with it.
    const scale = place instanceof SVGGraphicsElement ? (place.getScreenCTM()?.a ?? 1) : 1
    const size = Number.parseFloat(getComputedStyle(place).fontSize) * scale
    if (size < smallest) [smallest, at] = [size, node.textContent ?? '']
  }
  const boxes = [...document.querySelectorAll('.stage, .header, .footer, html')]
  const scrolls = boxes
    .filter((box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.className} ${box.scrollWidth}×${box.scrollHeight} in ${box.clientWidth}×${box.clientHeight}`)
  const facts = document.querySelectorAll('.stage [data-fact]').length
  return { smallest, at, scrolls: scrolls.join(', '), facts }
}

const placeOf = async (page: Page): Promise<string> =>
  `${await page.getByRole('heading', { level: 1 }).innerText()}, ${await page.locator('.footer-position').innerText()}`

async function problemsOf(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const theme of ['light', 'dark', 'projector']) {
    await page.evaluate((chosen) => {
      document.documentElement.dataset['theme'] = chosen
    }, theme)
    const { smallest, at, scrolls, facts } = await page.evaluate(measured)
    if (smallest < 18) found.push(`${name}, ${theme}: ${smallest} px: ${at}`)
    if (scrolls !== '') found.push(`${name}, ${theme}: scrolls: ${scrolls}`)
    if (facts > 7) found.push(`${name}, ${theme}: ${facts} facts`)
  }
  return found
}

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
    for (const run of runs) {
      await gallery.show(`run=${run}&act=map&depth=story`, projector)
      const seen = new Set<string>()
      // The next page, until there is none: a page is told apart by its place and its headline.
      for (let place = await placeOf(page); !seen.has(place); place = await placeOf(page)) {
        seen.add(place)
        found.push(...(await problemsOf(page, `${run} ${place}`)))
        await page.keyboard.press('PageDown')
      }
      expect(seen.size, run).toBeGreaterThan(run === 'unsigned' ? 8 : 11)
    }
    for (const state of onTheWay) {
      await gallery.show(`${state}&depth=story`, projector)
      found.push(...(await problemsOf(page, state)))
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
