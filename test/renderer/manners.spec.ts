import { readFileSync } from 'node:fs'
import { letterOf } from '../../renderer/app/keys.ts'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'

const recording = (name: string): string => readFileSync(new URL(`recordings/${name}.jsonl`, import.meta.url), 'utf8')

test('a key is the typed letter, whatever Caps Lock and the layout', () => {
  expect(letterOf({ key: 'h', code: 'KeyH' })).toBe('h')
  expect(letterOf({ key: 'H', code: 'KeyH' })).toBe('h')
  // Russian, where the key H types р.
  expect(letterOf({ key: 'р', code: 'KeyH' })).toBe('h')
  // Dvorak, where the key J types h.
  expect(letterOf({ key: 'h', code: 'KeyJ' })).toBe('h')
  expect(letterOf({ key: '?', code: 'Slash' })).toBe('?')
  expect(letterOf({ key: 'PageDown', code: 'PageDown' })).toBe('PageDown')
})

// What people expect of any window, in the window's own pages in a real browser.
test.describe('the manners of the page', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    page = gallery.page
  })

  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
  const copyAll = async (): Promise<string> => {
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Control+c')
    return clipboard()
  }
  const drop = (name: string, content: string): Promise<void> =>
    page.evaluate(
      ([name, content]) => {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(new File([content ?? ''], name ?? ''))
        const drag = (type: string) =>
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
        drag('dragover')
        drag('drop')
      },
      [name, content] as const,
    )

  test('copies shortened digests completely, wherever they are shown', async () => {
    await gallery.open('run=signed&act=attest')
    const text = await copyAll()
    expect(text).toMatch(/[0-9a-f]{64}/)
    expect(text).not.toMatch(/[0-9a-f]{4}…[0-9a-f]{4}/)
  })

  test('lets a value be selected by dragging over it', async () => {
    await gallery.open('run=signed&act=attest')
    const value = page.getByRole('main').locator('.value-text').first()
    const box = await value.boundingBox()
    if (box === null) throw new Error('no value is shown')
    await page.mouse.move(box.x + 2, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2, { steps: 5 })
    await page.mouse.up()
    expect((await page.evaluate(() => String(getSelection()))).length).toBeGreaterThan(10)
  })

  test('shows a failed gate completely, and its remedy can be copied and used', async () => {
    await gallery.open('run=tampered&act=attest')
    const gate = page.getByRole('main').locator('.check-fell').first()
    // The remedy names a reference that has to be usable as displayed.
    expect(await gate.innerText()).toMatch(/@sha256:[0-9a-f]{64}/)
    await gate.getByRole('button', { name: 'copy what was expected' }).click()
    expect(await clipboard()).toMatch(/sha256:[0-9a-f]{64}/)
    await gate.getByRole('button', { name: 'copy the fix' }).click()
    expect(await clipboard()).toMatch(/@sha256:[0-9a-f]{64}/)
  })

  test('copies the highlighted value completely', async () => {
    await gallery.open('run=signed&act=attest')
    const digest = page.getByRole('complementary', { name: 'The thread' }).locator('.value-text').first()
    const whole = ((await digest.getAttribute('title')) ?? '').replace(/^sha256:/, '')
    await digest.click()
    await page.getByRole('button', { name: 'copy the lit value' }).click()
    expect(await clipboard()).toBe(whole)
  })

  test('opens a recording that is dropped on it, or says why not', async () => {
    await gallery.open('act=home')
    await drop('notes.txt', 'not a recording')
    await page.getByRole('alert').getByText('This file is not a recording.').waitFor()
    await drop('signed.jsonl', recording('signed'))
    await page.getByRole('slider', { name: 'Place in the recording' }).waitFor()
    expect(await page.title()).toBe('Signed, replay – sigstore-attestor')
  })

  test('shows times in UTC, or in the machine’s zone if chosen, and names the zone once', async () => {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kolkata' })
    const choice = page.getByRole('combobox', { name: 'Times' })
    const main = page.getByRole('main')
    try {
      await gallery.open('run=signed&act=certificate')
      const ruler = main.getByRole('img', { name: 'Valid from' })
      expect(await ruler.textContent()).toContain('20:43:59')
      expect((await ruler.textContent())?.match(/UTC/g)).toHaveLength(1)
      await choice.selectOption('local')
      const local = (await ruler.textContent()) ?? ''
      expect(local).toContain('02:13:59')
      expect(local.match(/UTC/g)).toHaveLength(1)
      expect(local.match(/UTC[+\d:]*?30/g)).toEqual(['UTC+5:30'])
      expect(await main.innerText()).toMatch(/02:03:59 to 02:13:59 UTC\+5:30/)
      // The field of the certificate names its day too, and is copied as the certificate has it.
      await main.getByText('Standard fields').click()
      const field = main.locator('.value-text').filter({ hasText: 'not after' })
      expect(await field.innerText()).toContain('T02:13:59+05:30')
      expect(await field.getAttribute('title')).toMatch(/T20:43:59Z$/)
      expect(await page.getByRole('complementary', { name: 'The thread' }).innerText()).toContain('02:13:59 UTC+5:30')
      // Chosen once, for every page and the next start.
      await gallery.open('run=signed&act=map')
      expect(await choice.inputValue()).toBe('local')
      expect(await main.innerText()).toContain('UTC+5:30')
      expect(await main.innerText()).not.toMatch(/UTC(?!\+5:30)/)
    } finally {
      await choice.selectOption('UTC')
      await devtools.send('Emulation.setTimezoneOverride', { timezoneId: '' })
    }
  })

  for (const [run, width, height, percent] of [
    ['signed', 1024, 768, 100],
    ['signed', 1024, 768, 125],
    ['wrong-issuer', 1024, 768, 125],
    ['signed', 1080, 1920, 100],
    ['signed', 800, 600, 100],
  ] as const)
    test(`shows the whole thread of ${run} at ${width}×${height}, text at ${percent} percent`, async () => {
      await gallery.open(`run=${run}&act=attest`, { width, height })
      await page.evaluate((percent) => {
        document.documentElement.style.fontSize = `${percent}%`
      }, percent)
      const thread = page.getByRole('complementary', { name: 'The thread' })
      expect(await thread.getByRole('listitem').count()).toBeGreaterThan(7)
      const outside = await thread.evaluate((it) => {
        const box = it.getBoundingClientRect()
        return [...it.querySelectorAll('.tie-title, .value-text, .tie-cut')].filter((each) => {
          const { left, right, bottom } = each.getBoundingClientRect()
          return left < box.left || right > Math.min(box.right, innerWidth) || bottom > box.bottom
        }).length
      })
      expect(outside).toBe(0)
      expect(await thread.evaluate((it) => it.scrollWidth - it.clientWidth)).toBeLessThanOrEqual(0)
    })

  // What comes from outside reaches the page on every act, in headlines, values, checks, errors, logs and attributes.
  for (const query of [
    'run=signed',
    'run=wrong-issuer',
    'run=borrowed-image',
    'run=impostor',
    'run=tampered',
    'run=public',
    'run=failed',
    'run=signed&services=trouble',
    'run=signed&refused',
    'run=told-acme&profile=acme',
    'run=signed&until=step.waited/sign',
    'run=signed&act=home&machine=failed',
    'act=home&machine=preparing',
    'act=home&machine=failed',
    'services-page',
    'run=signed,wrong-signer&beside=wrong-signer',
  ])
    test(`obeys no mark of direction in a foreign text: ${query}`, async () => {
      const found = new Set<string>()
      let shown = ''
      await gallery.open(`${query}&hostile`)
      const look = async () => {
        for (const each of await obeyed(page)) found.add(each)
        shown += await page.locator('body').innerText()
      }
      await look()
      for (const act of await page.locator('.rail-button').all()) {
        await act.click()
        await page.locator('details').evaluateAll((all) => all.forEach((each) => each.setAttribute('open', '')))
        await look()
      }
      expect([...found]).toEqual([])
      expect(shown).toContain('⟨U+202E⟩')
    })
})

/** Where on the page a mark of direction is obeyed: in a text or an attribute. What is typed stays as it is. */
const obeyed = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() =>
    [document.head, document.body]
      .flatMap((part) => [...part.querySelectorAll('*')])
      .flatMap((element) => {
        const at = `${element.parentElement?.className ?? ''} > ${element.tagName.toLowerCase()}.${element.className}`
        const texts = [...element.childNodes].filter(
          (node) =>
            node.nodeType === Node.TEXT_NODE && node.nodeValue?.includes('\u202e') && element.tagName !== 'TEXTAREA',
        )
        const attributes = [...element.attributes].filter(
          ({ name, value }) => name !== 'value' && value.includes('\u202e'),
        )
        return [...texts.map(() => at), ...attributes.map(({ name }) => `${at} ${name}`)]
      }),
  )
