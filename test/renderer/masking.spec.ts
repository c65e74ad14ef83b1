import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { leaksIn, secret } from './leaks.ts'

const runs = [...scenarioIds, 'ci', 'public', 'told-acme']
// The documents of the others are searched without a browser (masked-documents.test.ts).
const runsOf = { story: runs, engineer: runs, bytes: ['signed', 'public'] }

/** What is on a page. */
interface Everything {
  /** A page of a run is identified by its place and its headline. */
  readonly place: string
  readonly html: string
  readonly text: string
  readonly hex: string
}

/** Everything in the document, as text: also attributes, hidden parts, values of fields, and hex as what it spells. */
function everything(): Everything {
  const textOf = (selector: string): string => document.querySelector(selector)?.textContent ?? ''
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
  const hex = [...document.querySelectorAll('.hex-bytes')].map((line) => line.textContent).join('')
  return {
    place: `${textOf('h1')}, ${textOf('.footer-position')}`,
    html: document.documentElement.outerHTML + document.title + fields.map(({ value }) => value).join('\n'),
    text: document.body.textContent ?? '',
    hex: hex.replace(/[^0-9a-f]/g, ''),
  }
}

const leaksOf = ({ html, text, hex }: Everything, name: string): readonly string[] =>
  leaksIn([html, text, Buffer.from(hex, 'hex').toString('latin1')]).map((value) => `${name}: ${value}`)

const masking = (page: Page) => page.addInitScript(() => localStorage.setItem('masked', 'yes'))

test.describe('masking for cameras', () => {
  let gallery: GalleryPage
  let page: Page
  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })

  test('without it the same search finds the values, so that its silence means something', async () => {
    await gallery.open('run=signed&act=certificate&depth=engineer')
    expect(leaksOf(await page.evaluate(everything), 'engineer').length).toBeGreaterThan(0)
    await gallery.open('run=signed&act=certificate&depth=bytes')
    await expect(page.locator('.hex-bytes').first()).toBeVisible()
    const { hex } = await page.evaluate(everything)
    expect(Buffer.from(hex, 'hex').toString('latin1')).toContain('engineer@sandbox.example')
  })

  for (const depth of ['story', 'engineer', 'bytes'] as const)
    test(`shows none of them in any act, ${depth}`, async () => {
      test.setTimeout(300_000)
      await masking(page)
      const found: string[] = []
      let pages = 0
      for (const run of runsOf[depth]) {
        await gallery.show(`run=${run}&act=map&depth=${depth}`)
        await expect(page.getByRole('button', { name: /^MASKED/ })).toBeVisible()
        const seen = new Set<string>()
        const look = () => page.evaluate(everything)
        for (let shown = await look(); !seen.has(shown.place); shown = await look()) {
          seen.add(shown.place)
          pages++
          found.push(...leaksOf(shown, `${run} ${shown.place}`))
          const documents = depth === 'bytes' ? await page.locator('.bytes-document').all() : []
          for (const document of documents) {
            await document.click()
            found.push(...leaksOf(await look(), `${run} ${shown.place} ${await document.innerText()}`))
          }
          await page.keyboard.press('PageDown')
        }
      }
      expect(pages).toBeGreaterThan(runsOf[depth].length * 9)
      expect(found).toEqual([])
    })

  test('nor in the log, dialogs, the services, a recording or a talk', async () => {
    await masking(page)
    const found: string[] = []
    const look = async (name: string) => found.push(...leaksOf(await page.evaluate(everything), name))
    await gallery.open('run=signed&act=sign')
    await page.keyboard.press('l')
    await expect(page.locator('.log-line').first()).toBeVisible()
    await look('log')
    await page.keyboard.press('F1')
    await expect(page.getByRole('dialog')).toBeVisible()
    await look('about')
    for (const state of [
      'act=home',
      'services-page=1',
      'run=signed,tampered&beside=tampered',
      'refused=1',
      'act=home&leftovers=1&services=ill',
      'desktop=1&talks-page=1',
    ]) {
      await gallery.show(state)
      await look(state)
    }
    await gallery.open('act=home')
    await page.getByRole('button', { name: 'Watch a recording of Signed' }).click()
    await page.keyboard.press('PageDown')
    await look('recording')
    await gallery.open('desktop=1&talks-page=1')
    await page.getByRole('button', { name: /^From recordings ?: .*short/ }).click()
    for (let stop = 0; stop < 4; stop++) {
      await page.keyboard.press('PageDown')
      await look(`talk ${stop}`)
    }
    await expect(page.getByText('MASKED', { exact: true })).toBeVisible()
    expect(found).toEqual([])
  })

  test('is switched by a key and a button, stays after a reload, and gives a value the same mask everywhere', async () => {
    await gallery.open('run=signed&act=certificate&depth=engineer')
    await expect(page.getByText('engineer@sandbox.example').first()).toBeVisible()
    await page.keyboard.press('m')
    await expect(page.getByText('engineer@sandbox.example')).toHaveCount(0)
    const address = /m1xxxxxx@h\dxxxxx\.xxxxxxx/
    await expect(page.getByText(address).first()).toBeVisible()
    await page.reload()
    await expect(page.getByRole('button', { name: /^MASKED/ })).toHaveAttribute('aria-pressed', 'true')
    await page.getByRole('button', { name: /^MASKED/ }).click()
    await expect(page.getByText('engineer@sandbox.example').first()).toBeVisible()
  })

  test('copies what is shown, and says so', async () => {
    await gallery.open('run=signed&act=sign&depth=engineer')
    await page.keyboard.press('m')
    const copy = page.getByRole('button', { name: /^copy masked/ }).first()
    await copy.click()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(secret.filter((value) => copied.includes(value))).toEqual([])
    expect(copied.length).toBeGreaterThan(3)
  })

  test('changes no verdict: what is computed again is computed from the evidence', async () => {
    for (const act of ['verify', 'log-entry', 'certificate', 'sign']) {
      await gallery.show(`run=signed&act=${act}&depth=engineer`)
      const verdicts = () =>
        page.locator('[data-verdict]').evaluateAll((all) => all.map((each) => each.getAttribute('data-verdict')))
      const before = await verdicts()
      await page.keyboard.press('m')
      expect(await verdicts(), act).toEqual(before)
      await page.keyboard.press('m')
    }
  })
})
