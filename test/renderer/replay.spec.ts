import { readFileSync } from 'node:fs'
import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { eventsOf } from './recorded.ts'

const recording = (name: string): string => readFileSync(new URL(`recordings/${name}.jsonl`, import.meta.url), 'utf8')
const events = eventsOf('signed')
/** The number of an event of the signed run. */
const numberOf = (type: string, step: string): number =>
  events.find((event) => event.type === type && 'step' in event && event.step === step)?.seq ?? 0

// Recordings in the window's own pages, under the window's own policy, in a real browser.
test.describe('a recording in the window', () => {
  let gallery: GalleryPage
  let page: Page

  test.beforeEach(({ gallery: opened }) => {
    gallery = opened
    page = gallery.page
  })

  /** Opens a recorded run from the table of all scenarios. */
  const watch = async (title: string, query = 'act=home'): Promise<void> => {
    await gallery.open(query)
    await button(`Watch a recording of ${title}`).click()
    await page.waitForSelector('.replay-bar')
  }
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const headline = (): Promise<string | null> => page.locator('h1').textContent()
  const primary = () => page.locator('.footer .button-primary')
  const place = () => page.getByRole('slider', { name: 'Place in the recording' })
  const choose = async (name: string, content: string): Promise<void> => {
    const chooser = page.waitForEvent('filechooser')
    await button('Open a recording…').click()
    await (await chooser).setFiles({ name, mimeType: 'application/jsonl', buffer: Buffer.from(content) })
  }

  test('has no axe findings, on any page or in any theme', async () => {
    test.setTimeout(600_000)
    const found: string[] = []
    // What a replay adds is the same on each page; the acts are read in every theme where they are live.
    const look = async (where: string, read: () => Promise<readonly string[]> = gallery.violations) => {
      found.push(...(await read()).map((each) => `${where}: ${each}`))
      expect(await page.locator('.header .replay-mark').innerText()).toBe('REPLAY')
    }
    for (const title of ['Signed', 'Tampered']) {
      await watch(title)
      await look(title, gallery.violationsInThemes)
      for (;;) {
        await look(`${title}, ${await headline()}`)
        if (!(await primary().innerText()).startsWith('Next')) break
        await primary().click()
      }
    }
    await button(/^sigstore-attestor/).click()
    await look('all recordings', gallery.violationsInThemes)
    expect(found).toEqual([])
  })

  test('is marked on every page, says what it is, and leads back', async () => {
    await watch('Signed')
    expect(await page.locator('.chip-replay').innerText()).toContain('recorded 21 Nov 2026, program 0.1.0')
    expect(await page.getByText('LIVE', { exact: true }).count()).toBe(0)
    await button('Back to live').click()
    expect(await page.getByText('LIVE', { exact: true }).count()).toBe(1)
    expect(await page.locator('.replay-bar').count()).toBe(0)
  })

  test('turns the pages by its one primary button, and leads to the next recording, and home', async () => {
    await watch('Tampered')
    const seen = [await headline()]
    while ((await primary().innerText()).startsWith('Next')) {
      await primary().click()
      seen.push(await headline())
    }
    expect(seen).toEqual(expect.arrayContaining(['Same name, other bytes', 'No identity for this container']))
    for (const title of ['Borrowed signature', 'Wrong signer', 'Wrong issuer', 'Other image', 'Borrowed image']) {
      expect(await primary().innerText()).toBe(`Watch: ${title}`)
      await primary().click()
      await page.getByRole('heading', { name: title }).waitFor()
      await button('To the end').click()
      while ((await primary().innerText()).startsWith('Next')) await primary().click()
    }
    expect(await primary().innerText()).toBe('Back to live')
  })

  test('requests the recording from the engine and nothing else, and can start and stop nothing', async () => {
    await watch('Signed')
    for (let at = 0; at < 14; at++) {
      expect(await button(/^(Cancel|Run|Again|Log in|Refuse)/).count()).toBe(0)
      await page.keyboard.press('PageDown')
    }
    await page.getByRole('button', { name: /^Log/ }).first().click()
    expect(await gallery.asks()).toEqual([['getRecording', { kind: 'shipped', scenario: 'signed' }]])
  })

  test('has the time of the recording, also where it waits for a person', async () => {
    await watch('Wrong signer')
    for (;;) {
      if ((await headline()) === 'Who signs?') break
      await button('Next event').click()
    }
    expect(await page.getByRole('region', { name: 'Log in' }).innerText()).toMatch(
      /intern@sandbox\.example[^@]*logs in/,
    )
    expect(await page.locator('.stage').innerText()).toMatch(/open for 0[0-9]:[0-9]{2} more/)
    expect(await gallery.violations()).toEqual([])
  })

  test('works by keyboard alone: step by step, event by event, to any place', async () => {
    await watch('Signed')
    await page.keyboard.press('PageDown')
    expect(await headline()).toBe('This machine is ready')
    await place().focus()
    await page.keyboard.press('ArrowRight')
    expect(await place().getAttribute('aria-valuetext')).toContain(`Sandbox, event 8 of ${events.length}, 00:0`)
    await page.keyboard.press('End')
    expect(await place().inputValue()).toBe(`${events.length}`)
    await page.keyboard.press('Home')
    expect(await place().inputValue()).toBe('1')
    await button('Next step').focus()
    for (let at = 0; at < 20; at++) await page.keyboard.press('Enter')
    expect(await headline()).toBe('This workload is spiffe://demo.test/hello')
    expect(await button('Next step').getAttribute('aria-disabled')).toBe('true')
    await page.keyboard.press('PageUp')
    expect(await headline()).toBe('The workload gets its identity')
    await button('Previous event').focus()
    await page.keyboard.press('Enter')
    expect(await place().inputValue()).toBe(`${events.length - 1}`)
  })

  test('has the keys of the list: arrows turn pages, the space bar plays, L opens the log, H leads home', async () => {
    await watch('Signed')
    await page.locator('h1').click()
    await page.keyboard.press('ArrowRight')
    expect(await headline()).toBe('This machine is ready')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowLeft')
    expect(await headline()).toBe('This machine is ready')
    await page.keyboard.press('Space')
    await button('Pause').waitFor()
    await page.keyboard.press('Space')
    await button('Play').waitFor()
    await page.keyboard.press('l')
    await page.getByRole('log', { name: 'Lines' }).waitFor()
    await page.keyboard.press('l')
    await page.keyboard.press('h')
    expect(await headline()).toBe('Recorded runs')
  })

  test('explains the terms, as over the engine', async () => {
    await watch('Signed')
    await page
      .getByRole('navigation', { name: 'Steps' })
      .getByRole('button', { name: /^Log entry/ })
      .click()
    await button(/^inclusion proof ?: what is that/).click()
    expect(await page.locator('.term-meaning:popover-open').innerText()).toContain('The hashes that lead')
  })

  test('stands beside that of the good story, and both lead to their pages', async () => {
    await watch('Unsigned')
    await page.keyboard.press('h')
    await button(/^Side by side with the good story ?: Tampered$/).click()
    expect(await headline()).toBe('They part at the gate “signature”')
    expect(await page.locator('.header .replay-mark').innerText()).toBe('REPLAY')
    expect(await gallery.violations()).toEqual([])
    await page.getByRole('navigation', { name: 'Attack' }).getByRole('button', { name: 'Wrong signer' }).click()
    await page.getByRole('heading', { name: 'They part at the gate “entry”' }).waitFor()
    await page.keyboard.press('ArrowRight')
    expect(await headline()).toBe('They part at the gate “entry”')
    await button('spiffe://demo.test/hello').click()
    expect(await headline()).toBe('This workload is spiffe://demo.test/hello')
    expect(await page.locator('.chip-replay').innerText()).toContain('recorded')
  })

  test('moves to the step that is pressed in the rail', async () => {
    await watch('Signed')
    await page
      .getByRole('navigation', { name: 'Steps' })
      .getByRole('button', { name: /^Log entry/ })
      .click()
    expect(await headline()).toContain('log')
    expect(await place().inputValue()).toBe(`${numberOf('step.passed', 'sign')}`)
  })

  test('does not move by itself with reduced motion; else it plays to its end', async () => {
    await watch('Unsigned')
    expect(await button('Play').count()).toBe(1)
    const moving = await gallery.moving()
    await moving.goto(`${gallery.url}?act=home`)
    await moving.getByRole('button', { name: 'Watch a recording of Unsigned' }).click()
    await moving.getByRole('button', { name: 'Pause' }).waitFor()
    await moving.getByLabel('Speed').selectOption('4')
    await moving.getByRole('heading', { name: 'No identity for this container' }).waitFor()
    await moving.getByRole('button', { name: 'Play' }).waitFor()
    expect(await moving.getByRole('slider').inputValue()).toBe(`${eventsOf('unsigned').length}`)
    await moving.context().close()
  })

  test('is offered while the programs are fetched; that continues in sight, and interrupts no one', async () => {
    await gallery.open('machine=preparing')
    expect(await page.getByRole('region', { name: 'Recorded runs' }).innerText()).toContain('REPLAY')
    await primary().click()
    await page.keyboard.press('PageDown')
    expect(await page.locator('.replay-live').innerText()).toBe('Setup: 1 of 3 programs ready.')
    await page.evaluate(() => dispatchEvent(new CustomEvent('machine', { detail: 'ready' })))
    await page.getByText('This machine is ready.').waitFor()
    expect(await headline()).toBe('This machine is ready')
    await button('Run the story here').click()
    expect(await primary().innerText()).toBe('Run the story')
  })

  test('is offered when the setup has failed, and says so meanwhile', async () => {
    await gallery.open('machine=failed')
    await button('Watch a recording of Tampered').click()
    await page.getByText('Setup: No container engine answers.').waitFor()
    expect(await gallery.violations()).toEqual([])
  })

  test('does not lose a run in progress', async () => {
    await gallery.open('run=tampered&until=step.started/sign')
    await button(/^sigstore-attestor/).click()
    await button('Watch a recording of Signed').click()
    await page.getByText('A run is under way: Tampered.').waitFor()
    await button('Go to it').click()
    expect(await headline()).toBe('cosign signs the digest')
  })

  test('of a run of this session is watched again, and saved', async () => {
    await gallery.open('run=unsigned&act=attest')
    await button('Save recording').click()
    await button('Watch this run again').click()
    await page.waitForSelector('.replay-bar')
    const [saved, watched] = await gallery.asks()
    expect(saved).toMatchObject(['save', { kind: 'recording' }])
    expect(watched).toMatchObject(['getRecording', { kind: 'run' }])
  })

  test('is read from a file; an invalid one says what is wrong with it, and nothing is lost', async () => {
    await gallery.open('act=home')
    await choose('holiday.jpg', '\u0000\u0001 <b>not a recording</b>')
    await page.getByRole('alert').getByText('This file is not a recording.').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('^@^A <b>not a recording</b>')
    expect(await gallery.violations()).toEqual([])
    const lines = recording('tampered').split('\n')
    await choose('bad.jsonl', lines.toSpliced(40, 1).join('\n'))
    await page.getByText('Line 41 of this recording cannot follow on the lines before it.').waitFor()
    await choose('good.jsonl', recording('tampered'))
    await page.waitForSelector('.replay-bar')
    expect(await page.getByRole('alert').count()).toBe(0)
    // Another invalid one leaves this one open.
    await button(/^sigstore-attestor/).click()
    await choose('bad.jsonl', '{}')
    await page.getByRole('alert').waitFor()
    await button(/^Back to it/).click()
    expect(await page.getByRole('heading', { name: 'Tampered', level: 2 }).count()).toBe(1)
  })

  test('of a truncated file is shown as far as it goes, and says so', async () => {
    await gallery.open('act=home')
    await choose('cut.jsonl', recording('signed').slice(0, 20_000))
    await page
      .locator('.replay-notices')
      .getByText(/This recording is cut off in line \d+\./)
      .waitFor()
    await button('To the end').click()
    expect(await page.getByRole('alert').innerText()).toContain('What was recorded before is shown as it was.')
    expect(await gallery.violations()).toEqual([])
  })

  test('shows the tools’ output as text, up to the current place', async () => {
    await gallery.open('act=home')
    const log = (after: number, line: string) => JSON.stringify({ type: 'log', after, step: 'build', lines: [line] })
    const lines = recording('signed').split('\n')
    const hostile = '<img src=x onerror=alert(1)> \u202e\u0007'
    await choose(
      'log.jsonl',
      [...lines.slice(0, 30), log(29, hostile), ...lines.slice(30, 32), log(31, 'later'), ...lines.slice(32)].join(
        '\n',
      ),
    )
    await place().focus()
    for (let at = 1; at < 29; at++) await page.keyboard.press('ArrowRight')
    await page.locator('.footer-log').click()
    expect(await page.getByRole('log').innerText()).toContain('<img src=x onerror=alert(1)> ⟨U+202E⟩^G')
    expect(await page.getByRole('log').innerText()).not.toContain('later')
    await place().focus()
    for (let at = 0; at < 2; at++) await page.keyboard.press('ArrowRight')
    await page.getByRole('log').getByText('later').waitFor()
  })

  test('is complete at 900 by 600 and at twice the size: nothing overlaps', async () => {
    for (const [width, height, zoom] of [
      [900, 600, 1],
      [640, 400, 1],
      [1280, 800, 1],
    ] as const) {
      await page.setViewportSize({ width, height })
      await watch('Tampered', 'act=home')
      await page.evaluate((size) => (document.documentElement.style.fontSize = `${size * 100}%`), zoom)
      await button('To the end').click()
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wide).toBeLessThanOrEqual(0)
      for (const name of ['Play', 'Next step', 'Back to live']) await button(name).click({ trial: true })
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  test('has caused no complaint of the page', () => {
    expect(gallery.complaints).toEqual([])
  })
})
