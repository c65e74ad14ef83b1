import { expect, type Locator, type Page } from 'playwright/test'

/** How long a step of the real story may take before a test gives up; nothing waits that long when all is well. */
export const patience = { timeout: 90_000 }

export const headline = (page: Page): Promise<string> => page.getByRole('heading', { level: 1 }).innerText()

export const headlineBecomes = (page: Page, words: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: words }).waitFor({ timeout: patience.timeout })

/** A row of the rail, by its title: `Sign, passed`. */
export const step = (page: Page, title: string): Locator =>
  page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: new RegExp(`^${title} ?(?:,|$)`) })

/** Waits until the rail says so: `stepBecomes(page, 'Sign', 'waiting for a person')`. */
export const stepBecomes = (page: Page, title: string, state: string): Promise<void> =>
  page
    .getByRole('navigation', { name: 'Steps' })
    .getByRole('button', { name: new RegExp(`^${title} ?, ${state}`) })
    .waitFor({ timeout: patience.timeout })

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name })

/** Opens the list of all scenarios, from anywhere. */
export const goHome = (page: Page): Promise<void> => button(page, /^sigstore-attestor ?: all scenarios$/).click()

/** Answers the issuer's page as a person. */
export const logIn = (login: Page, who: string): Promise<void> => button(login, new RegExp(`^${who}@`)).click()

export const footer = (page: Page): Locator => page.getByRole('contentinfo')

/** A whole value on the page, by its label. */
export async function valueOf(page: Page, label: string): Promise<string> {
  const value = page.getByRole('main').getByRole('button', { name: new RegExp(`^${label}: `) })
  return (await value.first().getAttribute('title')) ?? ''
}

/** The focused element, and whether its focus is visible. */
const focusIn = (page: Page): Promise<string> =>
  page.evaluate<string>(`(() => {
    const focused = document.activeElement
    if (focused === null || focused === document.body) return 'seen'
    return getComputedStyle(focused).outlineStyle === 'none' ? 'unseen: ' + focused.outerHTML.slice(0, 120) : 'seen'
  })()`)

/** Moves focus to something with the keyboard alone; every stop on the way must be visible. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor()
  for (let stops = 0; stops < 120; stops += 1) {
    if ((await target.first().and(page.locator(':focus')).count()) === 1) return
    await page.keyboard.press('Tab')
    expect(await focusIn(page)).toBe('seen')
  }
  throw new Error(`The keyboard does not reach ${String(target)}.`)
}

/** Presses something with the keyboard alone. */
export async function pressByKeyboard(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/**
 * Presses a button the moment the headline says that a step is in progress: from outside of the page it would often be
 * over.
 */
export const pressWhen = (page: Page, headline: string, name: string): Promise<void> =>
  page.evaluate(
    `new Promise((resolve) => {
      const look = () => {
        if (document.querySelector('h1')?.textContent !== ${JSON.stringify(headline)}) return
        const button = [...document.querySelectorAll('button')].find((each) => each.textContent === ${JSON.stringify(name)})
        if (button === undefined) return
        observer.disconnect()
        button.click()
        resolve()
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { subtree: true, childList: true, characterData: true })
      look()
    })`,
  )
