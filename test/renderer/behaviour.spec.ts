import { expect, type GalleryPage, type Page, test } from './fixtures.ts'
import { eventsOf, recorded } from './recorded.ts'

// What can be pressed and what moves, in a real browser over recorded runs.
test.describe('the behaviour of the window in Chromium', () => {
  let browsed: GalleryPage
  let page: Page
  let open: GalleryPage['open']
  let violations: GalleryPage['violations']
  let asks: GalleryPage['asks']

  test.beforeEach(({ gallery: opened }) => {
    browsed = opened
    ;({ page, open, violations, asks } = browsed)
  })

  test('highlights a value wherever it occurs, says where, and clears it on Escape', async () => {
    await open('run=tampered&act=attest')
    await page.getByRole('button', { name: /^This container runs:/ }).click()
    const lit = page.locator('[data-lit="true"]')
    expect(new Set(await lit.allInnerTexts()).size).toBeGreaterThan(1)
    expect(await page.locator('.tie [data-lit="true"]').count()).toBe(1)
    expect(await page.locator('.check mark').count()).toBeGreaterThan(0)
    await expect.poll(() => page.locator('.lit-bar').innerText()).toContain(`in ${await lit.count()} places`)
    await page.getByRole('button', { name: /^Certificate/ }).click()
    await expect.poll(() => page.locator('.lit-bar').innerText()).toContain(`in ${await lit.count()} place`)
    await page.keyboard.press('Escape')
    await expect.poll(() => lit.count()).toBe(0)
    expect(await page.locator('.lit-bar').count()).toBe(0)
  })

  test('starts both stories side by side with one press, and answers the login of each', async () => {
    await open('beside=wrong-signer')
    await page.getByRole('button', { name: 'Run both, side by side' }).click()
    expect(await asks()).toEqual([
      ['start', 'signed'],
      ['start', 'wrong-signer'],
    ])
    await open('run=signed,wrong-signer&until=step.waited/sign&beside=wrong-signer')
    await page.getByRole('button', { name: 'Log in as the engineer' }).first().click()
    await page.getByRole('button', { name: 'Log in as the intern' }).last().click()
    await page.getByRole('button', { name: 'Cancel both' }).click()
    const [one, other] = [recorded('signed').runId, recorded('wrong-signer').runId]
    expect(await asks()).toEqual([
      ['answerLogin', one, 'engineer', 'allow'],
      ['answerLogin', other, 'intern', 'allow'],
      ['cancel', one],
      ['cancel', other],
    ])
  })

  test('lets the build system sign in the place of a person, where the entry will ask for the first issuer', async () => {
    await open('run=signed&until=step.waited/sign&act=sign')
    await page.getByRole('button', { name: 'Sign as the build system' }).click()
    expect(await asks()).toEqual([['answerLogin', recorded('signed').runId, 'ci', 'allow']])
    await open('run=wrong-issuer&until=step.waited/sign&act=sign')
    expect(await page.getByRole('button', { name: 'Sign as the build system' }).count()).toBe(0)
  })

  test('shows what a build system\u2019s certificate says about the build', async () => {
    await open('run=ci&act=certificate')
    const main = page.getByRole('main')
    await expect.poll(() => main.innerText()).toContain('Build Signer URI, .9')
    const text = await main.innerText()
    for (const expected of ['sandbox-hosted', 'refs/heads/main', 'Run Invocation URI, .21', 'From the build’s token']) {
      expect(text).toContain(expected)
    }
    expect(text).not.toContain('there is no build data')
  })

  test('shows where two stories part, without scrolling, and stacks them on a narrow window', async () => {
    await open('run=signed,tampered&beside=tampered')
    const parting = page.locator('.side-row[data-kind="parts"]')
    const box = async (of: string) => (await parting.locator(of).boundingBox()) ?? { x: Number.NaN, y: Number.NaN }
    const [stage, row] = [await page.locator('.stage').boundingBox(), await parting.boundingBox()]
    expect((row?.y ?? 9e9) + (row?.height ?? 0)).toBeLessThan((stage?.y ?? 0) + (stage?.height ?? 0))
    expect((await box('td >> nth=0')).y).toBe((await box('td >> nth=1')).y)
    await page.setViewportSize({ width: 900, height: 600 })
    expect((await box('td >> nth=0')).x).toBe((await box('td >> nth=1')).x)
    expect((await box('td >> nth=0')).y).toBeLessThan((await box('td >> nth=1')).y)
  })

  test('asks inline before a step is done again, names what becomes stale, and takes Escape as no', async () => {
    await open('run=signed&act=push')
    const ask = page.getByRole('button', { name: 'Do this step again' })
    await ask.click()
    const panel = page.getByRole('region', { name: 'Do this step again' })
    expect(await panel.innerText()).toContain('Sign, Verify')
    expect(await panel.getByRole('button', { name: 'Do this step alone' }).evaluate((it) => it.matches(':focus'))).toBe(
      true,
    )
    await page.keyboard.press('Escape')
    await expect.poll(() => panel.count()).toBe(0)
    expect(await ask.evaluate((it) => it.matches(':focus'))).toBe(true)
    expect(await asks()).toEqual([])
    await ask.click()
    await panel.getByRole('button', { name: 'everything after it' }).click()
    expect(await asks()).toEqual([['redo', recorded('signed').runId, 'push', 'all']])
  })

  test('offers a step that the scenario leaves out only if no earlier step is left out', async () => {
    await open('run=unsigned&act=verify')
    expect(await page.getByRole('button', { name: /^Do this step/ }).count()).toBe(0)
    await open('run=unsigned&act=sign')
    await page.getByRole('button', { name: 'Do this step after all' }).click()
    const panel = page.getByRole('region', { name: 'Do this step after all' })
    expect(await panel.innerText()).toContain('though the scenario leaves it out: this writes to the logs')
    await panel.getByRole('button', { name: 'everything after it' }).click()
    expect(await asks()).toEqual([['redo', recorded('unsigned').runId, 'sign', 'all']])
  })

  test('shows why a request was refused until another page is opened', async () => {
    await open('run=signed&act=push&refused=1')
    const alert = page.getByRole('alert')
    expect(await alert.innerText()).toContain('Two runs are under way already.')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => alert.count()).toBe(0)
  })

  test('offers what a crash left, goes step by step, and resets only after a confirmation', async () => {
    await open('leftovers=1')
    await page.getByRole('button', { name: 'Resume Signed' }).click()
    await page.getByRole('button', { name: 'Clean up' }).click()
    expect(await asks()).toMatchObject([['resume', '20261121t115550-signed-ccb092'], ['cleanUp']])
    await open('machine=ready')
    await page.getByRole('button', { name: 'Step by step' }).click()
    expect(await asks()).toEqual([['start', 'signed', 'step']])
    await open('run=signed&until=step.passed/build&paused=push')
    await page.getByRole('button', { name: 'Next: push the image – this writes to the registry' }).click()
    await page.getByRole('button', { name: 'Run the rest' }).click()
    const { runId } = recorded('signed')
    expect(await asks()).toEqual([
      ['continueRun', runId, 'push', 'step'],
      ['continueRun', runId, 'push', 'all'],
    ])
    await open('run=signed&act=home')
    await page.getByRole('button', { name: 'Reset', exact: true }).click()
    expect(await asks()).toEqual([])
    await page.getByRole('button', { name: 'Reset now' }).click()
    expect(await asks()).toEqual([['reset']])
  })

  test('shows what is being stopped meanwhile, whatever page was open', async () => {
    await open('run=signed&until=step.started/push&machine=stopping')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Stopping')
    expect(await page.getByRole('list', { name: 'What is being stopped' }).innerText()).toContain('push the image')
    expect(await page.getByRole('contentinfo').getByRole('button').count()).toBe(0)
  })

  for (const [run, width, height] of [
    ['signed', 1280, 800],
    ['tampered', 1280, 800],
    ['signed', 900, 600],
  ] as const)
    test(`moves nothing while a run is in progress: ${run} at ${width}×${height}`, async () => {
      await open('machine=ready', { width, height })
      const boxes: string[] = []
      const count = eventsOf(run).length
      for (let events = 1; events <= count; events += 1) {
        await page.evaluate((detail) => dispatchEvent(new CustomEvent('until', { detail })), { run, events })
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
        boxes.push(
          await page.evaluate(() =>
            ['.rail', '.stage-words', '.footer', '.header', '.stage']
              .map((of) => {
                const element = document.querySelector(of)
                const box = element?.getBoundingClientRect()
                return box === undefined
                  ? of
                  : `${of} ${[box.x, box.y, box.width, box.height].map(Math.round).join(' ')}`
              })
              .concat(`steps ${document.querySelector('.rail ol')?.scrollHeight}`)
              .join(', '),
          ),
        )
      }
      expect([...new Set(boxes)]).toHaveLength(1)
    })

  test('opens its list of keys on ?, holds the focus in it, and returns it', async () => {
    await open('run=signed&act=push')
    const next = page.getByRole('button', { name: 'Next: sign' })
    await next.focus()
    const dialog = page.getByRole('dialog', { name: 'Keys' })
    for (const _ of ['once', 'and again']) {
      await page.keyboard.press('?')
      expect(await dialog.evaluate((it) => it.contains(document.activeElement))).toBe(true)
      expect(await violations()).toEqual([])
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Escape')
      await expect.poll(() => dialog.count()).toBe(0)
      await expect.poll(() => next.evaluate((it) => it === document.activeElement)).toBe(true)
    }
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('permanent name')
  })

  test('turns pages with arrows, and treats a letter as a key only when no one types', async () => {
    await open('run=signed&act=push')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toContain('Signed, and')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('l')
    const filter = page.getByRole('searchbox').first()
    await filter.fill('')
    await filter.press('h')
    await filter.press('ArrowLeft')
    expect(await filter.inputValue()).toBe('h')
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('permanent name')
    await page.locator('h1').click()
    await page.keyboard.press('h')
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toContain('No single party')
    expect(await asks()).not.toContainEqual(expect.arrayContaining(['start']))
  })

  test('explains a term at its first occurrence, on request, by keyboard', async () => {
    await open('run=signed&act=register')
    const term = page.getByRole('button', { name: /^selector ?: what is that/ })
    await term.focus()
    await page.keyboard.press('Enter')
    const meaning = page.getByText('A fact about a workload')
    expect(await meaning.isVisible()).toBe(true)
    expect(await violations()).toEqual([])
    await page.keyboard.press('Escape')
    await expect.poll(() => meaning.isVisible()).toBe(false)
  })

  test('scrolls the rail alone to the act in view, at 200 % too', async () => {
    await open('run=tampered&act=identity', { width: 640, height: 400 })
    const seen = async () =>
      page.locator('.rail-row[data-current="true"]').evaluate((row) => {
        const [inner, outer] = [row.getBoundingClientRect(), row.closest('.rail')?.getBoundingClientRect()]
        return outer !== undefined && inner.left >= outer.left && inner.right <= outer.right
      })
    await expect.poll(seen).toBe(true)
    await page.keyboard.press('PageUp')
    await expect.poll(seen).toBe(true)
    expect(await page.evaluate(() => scrollY)).toBe(0)
  })

  test('shows the empty socket of a refusal completely, without scrolling', async () => {
    await open('run=tampered&act=attest')
    const cut = await page.evaluate(() => {
      const bottom = (of: string) => document.querySelector(of)?.getBoundingClientRect().bottom ?? Number.NaN
      return bottom('.svid') - bottom('.stage')
    })
    expect(cut).toBeLessThan(0)
  })
})
