import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { OtherNames } from '../../harness/foreign-registry.ts'
import { type ForeignServices, startForeignServices } from '../../harness/foreign-services.ts'
import { type Person, personAtBrowser } from '../../harness/person.ts'
import { dist, root, temporaryFolders } from './session.ts'
import { processesNaming } from './traces.ts'

/**
 * Stories in the terminal, with another party's services, by a person with a browser of their own. `names` are those of
 * the registry, if they are not addresses; `env` is known once the services are there.
 */
export function storiesElsewhere(names?: OtherNames, env: () => Readonly<Record<string, string>> = () => ({})) {
  let services: ForeignServices
  let person: Person
  const where = temporaryFolders()

  beforeAll(async () => {
    services = await startForeignServices('token', names)
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

  const options = (more: Readonly<Record<string, string>> = {}) =>
    ({
      cwd: root,
      env: {
        ...where.env,
        XDG_CONFIG_HOME: services.configHome,
        PATH: `${person.path}:${process.env['PATH'] ?? ''}`,
        ...env(),
        ...more,
      },
      reject: false,
      timeout: 280_000,
    }) as const
  const story = async (name: string, args: readonly string[], input = '') => {
    const argv = [join(dist, 'cli.js'), 'story', '--profile', name, ...args]
    const outcome = await execa(process.execPath, argv, { ...options(), input })
    expect(processesNaming(where.runtime)).toEqual([])
    return outcome
  }
  return {
    where,
    services: () => services,
    person: () => person,
    /** Makes a profile of the user's own for the services. */
    profile: async (name: string, more: (acme: ForeignServices['profile']) => object): Promise<string> => {
      const profile = { ...services.profile, ...more(services.profile) }
      await writeFile(join(dirname(services.profileFile), `${name}.json`), JSON.stringify(profile))
      return name
    },
    options,
    story,
    /** How each scenario ended, as data. */
    ended: async (name: string, scenarios: readonly string[], input = '') => {
      const outcome = await story(name, ['--json', ...scenarios.flatMap((id) => ['--scenario', id])], input)
      const summary: unknown = JSON.parse(outcome.stdout)
      return { ...outcome, summary: summary as { ok: boolean; scenarios: Record<string, unknown>[] } }
    },
  }
}

export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
