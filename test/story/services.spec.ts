import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ForeignServices, startForeignServices } from '../harness/foreign-services.ts'
import { type Person, personAtBrowser } from '../harness/person.ts'
import { expect, test } from './fixtures.ts'
import { type ElectronStage, electronStage } from './stage/electron.ts'
import { type Look, look } from './stage/look.ts'
import { ownFolders } from './stage/stage.ts'
import { button, footer, goHome, headlineBecomes, patience, stepBecomes } from './stage/window.ts'
import { expectNothingLeft } from './traces.ts'

test.describe.configure({ mode: 'serial' })

test.describe('in Electron, with existing services', () => {
  let stage: ElectronStage
  let services: ForeignServices
  let person: Person
  const flaws: string[] = []
  const keepLooking: Look = async (name) => void flaws.push(...(await look(stage, name)))
  const choose = async (title: string) => {
    await goHome(stage.page)
    await button(stage.page, 'Choose an environment').click()
    await button(stage.page, new RegExp(`^Use\\s*${title}$`)).click()
    // What a choice ends is said first, once there is something to end.
    const now = button(stage.page, /^(Use it now|Cancel the run and use it)$/)
    const home = button(stage.page, 'Choose an environment')
    await now.or(home).first().waitFor()
    if (await now.isVisible()) await now.click()
    await home.waitFor({ timeout: patience.timeout })
  }

  test.beforeAll(async () => {
    services = await startForeignServices('token')
    person = await personAtBrowser(services.endpoints.issuer)
    const open = { ...services.profile, title: 'Acme in the open', public: true }
    writeFileSync(join(dirname(services.profileFile), 'open.json'), JSON.stringify(open))
    const where = ownFolders()
    mkdirSync(where.state, { recursive: true })
    const PATH = `${person.path}:${process.env['PATH'] ?? ''}`
    stage = await electronStage({ ...where, env: { ...where.env, PATH, XDG_CONFIG_HOME: services.configHome } })
  })
  test.afterAll(async () => {
    await stage?.close()
    stage?.where.remove()
    await person?.leave()
    await services?.stop()
  })

  test('are checked and chosen, and nothing is signed by that', async () => {
    const { page } = stage
    await button(page, 'Choose an environment').click({ timeout: patience.timeout })
    await button(page, /^Check\s*Acme$/).click()
    await page.getByRole('list', { name: 'Checks of Acme' }).first().waitFor({ timeout: patience.timeout })
    await keepLooking('services-chosen')
    await choose('Acme')
    expect(person.sentTo).toEqual([])
  })

  test('run the signed story: a person logs in in a browser of their own, and the workload has its SVID', async () => {
    const { page } = stage
    await button(page, 'Run the story').click()
    await stepBecomes(page, 'Sigstore', 'passed')
    await stepBecomes(page, 'Sign', 'passed')
    expect(person.sentTo).toHaveLength(1)
    await headlineBecomes(page, 'The workload gets its identity')
    await keepLooking('services-identity')
  })

  test('prompt before anything is public: the primary answer is no, and nothing has left the machine', async () => {
    const { page } = stage
    await choose('Acme in the open')
    await button(page, 'Run the story').click()
    await stepBecomes(page, 'Consent', 'waiting for a person')
    await page.getByText('engineer@sandbox.example').first().waitFor()
    await keepLooking('services-consent')
    // Enter, Space and a presenter's key never mean yes.
    await page.keyboard.press('PageDown')
    await footer(page).getByRole('button', { name: 'Do not publish' }).press('Enter')
    await stepBecomes(page, 'Consent', 'cancelled')
    expect(person.sentTo).toHaveLength(1)
  })

  test('continue after a pressed yes, under the word PUBLIC', async () => {
    const { page } = stage
    await goHome(page)
    await button(page, 'Run the story').click()
    await stepBecomes(page, 'Consent', 'waiting for a person')
    await footer(page).getByRole('button', { name: 'Publish', exact: true }).click()
    await stepBecomes(page, 'Attest', 'passed')
    await page.getByText('PUBLIC').first().waitFor()
    await keepLooking('services-public')
    expect(person.sentTo).toHaveLength(2)
    expect(person.sentTo.every((url) => url.startsWith(services.endpoints.issuer))).toBe(true)
  })

  test('shows no screen that is larger than its window, or has axe findings', () => {
    expect(flaws).toEqual([])
  })

  test('keeps no login of the registry, and leaves nothing when it is closed', async () => {
    await stage.close()
    expect(stage.complaints()).toEqual([])
    expectNothingLeft(stage.where)
    expect(readFileSync(services.profileFile, 'utf8')).not.toContain(services.registry.users.pusher.password)
  })
})
