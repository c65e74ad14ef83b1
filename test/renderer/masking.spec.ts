import { readFileSync } from 'node:fs'
import { scenarioIds } from '../../src/core/workflow/scenarios.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

// What a camera must not see, as the recordings and the gallery have it.
const runs = [...scenarioIds, 'ci', 'public', 'told-acme']
const machine = ['talk-box', '/home/engineer', '/home/you', '/tmp/demo', '/run/user', 'demo.test', 'sandbox.example']
const recorded = scenarioIds.map((id) => readFileSync(`test/renderer/recordings/${id}.jsonl`, 'utf8')).join('\n')
const addresses = new Set(recorded.match(/[a-z][a-z.]*@(?:[a-z-]+\.)+(?:example|test|com)/g))
const secret = [...machine, ...addresses]

/** Everything in the document, as text: also attributes, hidden parts, values of fields, and hex as what it spells. */
function everything(): { readonly html: string; readonly text: string; readonly hex: string } {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
  const hex = [...document.querySelectorAll('.hex-bytes')].map((line) => line.textContent).join('')
  return {
    html: document.documentElement.outerHTML + document.title + fields.map(({ value }) => value).join('\n'),
    text: document.body.textContent ?? '',
    hex: hex.replace(/[^0-9a-f]/g, ''),
  }
}

/** Base64 and hex, each decoded as often as it can be. */
function decoded(text: string, depth = 0): readonly string[] {
  if (depth > 4) return []
  const joined = text.replaceAll(/-----BEGIN [A-Z ]+-----|-----END [A-Z ]+-----|\\n|\n/g, '')
  const tokens = [...(text.match(/[A-Za-z0-9+/_-]{24,}/g) ?? []), ...(joined.match(/[A-Za-z0-9+/_-]{65,}/g) ?? [])]
  const inner = tokens.flatMap((token) => [
    Buffer.from(token, 'base64').toString('latin1'),
    ...(/^[0-9a-f]+$/.test(token) ? [Buffer.from(token, 'hex').toString('latin1')] : []),
  ])
  return inner.flatMap((each) => [each, ...decoded(each, depth + 1)])
}

async function leaksOf(page: Page, name: string): Promise<readonly string[]> {
  const { html, text, hex } = await page.evaluate(everything)
  const shown = [html, text, Buffer.from(hex, 'hex').toString('latin1')]
  const all = [...shown, ...shown.flatMap((each) => decoded(each))]
  return secret.filter((value) => all.some((each) => each.includes(value))).map((value) => `${name}: ${value}`)
}

const masking = (page: Page) => page.addInitScript(() => localStorage.setItem('masked', 'yes'))
const placeOf = async (page: Page): Promise<string> =>
  `${await page.getByRole('heading', { level: 1 }).innerText()}, ${await page.locator('.footer-position').innerText()}`

test.describe('masking for cameras', () => {
  let gallery: GalleryPage
  let page: Page
  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    ;({ page } = gallery)
  })

  test('without it the same search finds the values, so that its silence means something', async () => {
    await gallery.open('run=signed&act=certificate&depth=engineer')
    expect((await leaksOf(page, 'engineer')).length).toBeGreaterThan(0)
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
      for (const run of runs) {
        await gallery.show(`run=${run}&act=map&depth=${depth}`)
        await expect(page.getByRole('button', { name: /^MASKED/ })).toBeVisible()
        const seen = new Set<string>()
        for (let place = await placeOf(page); !seen.has(place); place = await placeOf(page)) {
          seen.add(place)
          pages++
          if (depth !== 'bytes') found.push(...(await leaksOf(page, `${run} ${place}`)))
          else
            for (const document of await page.locator('.bytes-document').all()) {
              await document.click()
              found.push(...(await leaksOf(page, `${run} ${place} ${await document.innerText()}`)))
            }
          await page.keyboard.press('PageDown')
        }
      }
      expect(pages).toBeGreaterThan(100)
      expect(found).toEqual([])
    })

  test('nor in the log, dialogs, the services, a recording or a talk', async () => {
    await masking(page)
    const found: string[] = []
    const look = async (name: string) => found.push(...(await leaksOf(page, name)))
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
