import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { attestorConfig } from '../../src/core/attestor/config.ts'
import { privateSocket } from '../../src/core/containers/private-engine.ts'
import { signerSelector } from '../../src/core/domain/identity.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { asBuiltSelector } from '../../src/core/domain/selector.ts'
import { Redactor } from '../../src/core/process/redactor.ts'
import { agentSocketFolder, startSpireAgent } from '../../src/core/spire/agent.ts'
import { createEntry } from '../../src/core/spire/entries.ts'
import { generateJoinToken, type SpireServer, startSpireServer } from '../../src/core/spire/server.ts'
import { type ForeignServices, startForeignServices } from '../harness/foreign-services.ts'
import { type Person, personAtBrowser } from '../harness/person.ts'
import { dist, root, temporaryFolders, tools } from './harness/session.ts'
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

const options = (env: Readonly<Record<string, string>> = {}) =>
  ({
    cwd: root,
    env: {
      ...where.env,
      XDG_CONFIG_HOME: services.configHome,
      PATH: `${person.path}:${process.env['PATH'] ?? ''}`,
      ...env,
    },
    reject: false,
    timeout: 150_000,
  }) as const
const story = async (name: string, args: readonly string[], input = '') => {
  const argv = [join(dist, 'cli.js'), 'story', '--profile', name, ...args]
  const told = await execa(process.execPath, argv, { ...options(), input })
  expect(processesNaming(where.runtime)).toEqual([])
  return told
}
/** How each scenario ended, as data. */
const ended = async (name: string, scenarios: readonly string[], input = '') => {
  const told = await story(name, ['--json', ...scenarios.flatMap((id) => ['--scenario', id])], input)
  const summary: unknown = JSON.parse(told.stdout)
  return { ...told, summary: summary as { ok: boolean; scenarios: Record<string, unknown>[] } }
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
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('programs ready') })
    expect(summary.scenarios[0]).toMatchObject({
      image: { repository: `${services.registry.host}/team/hello` },
      signer: services.profile.signer,
    })
    // They logged in where the profile says, in a browser of their own.
    expect(person.sentTo.length).toBeGreaterThan(4)
    expect(person.sentTo.filter((url) => !url.startsWith(services.endpoints.issuer))).toEqual([])
    const { password, refreshToken } = services.registry.users.pusher
    const written = filesBelow(where.state).map((file) => readFileSync(file, 'latin1'))
    expect(written.length).toBeGreaterThan(10)
    expect(written.filter((text) => text.includes(password) || text.includes(refreshToken))).toEqual([])
  })

  it('is refused where somebody else logs in than was expected, and says who', async () => {
    person.is = 'intern'
    // Where the services are, a signing config says as well.
    const { signingConfig } = services.endpoints
    const name = await profile('by-config', ({ sigstore: { trustedRoot } }) => ({
      sigstore: { trustedRoot, signingConfig },
    }))
    const { summary } = await ended(name, ['wrong-signer'])
    expect(summary.scenarios).toMatchObject([
      {
        ok: true,
        signer: { subject: 'intern@sandbox.example' },
        denial: { gate: 'entry', found: expect.stringContaining('intern@sandbox.example') },
      },
    ])
  })

  it('is told to people with the address to open, the checks of the services and the log’s own word', async () => {
    const { stdout } = await story('acme', [])
    const words = stdout.replace(/\s*│\s*/g, ' ')
    expect(words).toContain('Acme: services that are there already')
    expect(words).toContain(`open ${services.endpoints.issuer}`)
    expect(words).toMatch(/trusted root\s+passed/)
    expect(words).toMatch(/log-checkpoint\s+not checked yet: it takes entries and serves none/)
  })

  it('cannot be told of another login: the usage says what can be', async () => {
    const { stderr, exitCode } = await story('acme', ['--scenario', 'wrong-issuer'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('in the sandbox only')
    expect(person.sentTo.length).toBeGreaterThan(0)
  })

  it('waits for a login no longer than the person who cancels', async () => {
    person.is = null
    const before = person.sentTo.length
    const child = execa(process.execPath, [join(dist, 'cli.js'), 'story', '--profile', 'acme'], options())
    await vi.waitFor(() => expect(person.sentTo.length).toBe(before + 1), { timeout: 90_000 })
    child.kill('SIGINT')
    const { exitCode, stdout } = await child
    expect(exitCode).toBe(130)
    expect(stdout).toContain('cancelled')
    expect(processesNaming(where.runtime)).toEqual([])
  })
})

describe('a story that makes something public', () => {
  /** Whether the registry has anything of this repository. */
  const published = () =>
    existsSync(join(dirname(services.registry.tlsAuthority ?? ''), 'data/docker/registry/v2/repositories/team/open'))
  const open = () =>
    profile('open', ({ registry }) => ({ public: true, registry: { ...registry, repository: 'team/open' } }))

  it('asks before anything leaves the machine; no answer is a no', async () => {
    const before = person.sentTo.length
    for (const input of ['', 'publish it\n']) {
      const { summary, stderr, exitCode } = await ended(await open(), ['signed'], input)
      expect(summary.scenarios).toMatchObject([{ outcome: 'cancelled', ok: false, signer: null }])
      expect(exitCode).toBe(1)
      for (const words of ['FOR EVER', 'engineer@sandbox.example  <- this is you', '[y/N]']) {
        expect(stderr).toContain(words)
      }
    }
    expect(published()).toBe(false)
    expect(person.sentTo.length).toBe(before)
  })

  it('asks for what its profile leaves open, goes on after a yes, and says PUBLIC', async () => {
    const { signer } = services.profile
    const asks = await profile('asks', ({ registry }) => ({
      public: true,
      registry: { ...registry, repository: 'team/open' },
      signer: { ...signer, subject: '${SIGSTORE_SUBJECT}' },
    }))
    const nobody = await story(asks, [], '\n')
    expect(nobody.stderr).toContain('config.profile-unset')
    expect(nobody.exitCode).toBe(1)
    const { stdout, exitCode } = await story(asks, ['--scenario', 'signed'], `${signer.subject}\nyes\n`)
    expect(stdout).toContain('PUBLIC')
    expect(stdout).toContain('The workload has its identity')
    expect(exitCode).toBe(0)
    expect(published()).toBe(true)
  })
})

describe('a SPIRE that runs already', () => {
  const trustDomain = 'acme.example'
  const parentId = `spiffe://${trustDomain}/laptop`
  const spiffeId = `spiffe://${trustDomain}/hello`
  const redactor = new Redactor()
  let folder: string
  let server: SpireServer
  const place = (id: string) => ({
    program: tools()[id === 'server' ? 'spire-server' : 'spire-agent'],
    folder: join(folder, id),
    runtimeDir: join(folder, 'run'),
    logFile: join(folder, `${id}.log`),
    pidFolder: join(folder, 'pids'),
    redactor,
  })
  const common = () => ({ trustDomain, trustBundle: join(folder, 'bundle.pem'), parentId })
  /** What its operator types, as they were shown it. */
  const operatorTypes = (argv: readonly string[]) =>
    execa(tools()['spire-server'], [...argv.slice(1), '-socketPath', server.cli.socket])

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acme-spire-'))
    server = value(await startSpireServer({ ...place('server'), trustDomain }))
    await writeFile(common().trustBundle, server.bundlePem)
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('is joined with the token that its operator made; what only the operator may write, the operator is shown', async () => {
    const token = value(await generateJoinToken(server, parentId))
    const spire = { server: `127.0.0.1:${server.port}`, joinToken: 'ACME_JOIN_TOKEN', ...common() }
    const name = await profile('acme-server', () => ({ spire }))
    const argv = [join(dist, 'cli.js'), 'story', '--profile', name, '--json']
    const child = execa(process.execPath, argv, options({ ACME_JOIN_TOKEN: token }))
    const typed = await vi.waitFor(() => shown('register'), { timeout: 120_000, interval: 100 })
    expect(typed.join(' ')).toContain(`-spiffeID ${spiffeId} -selector sigstore:signer:`)
    await operatorTypes(typed)
    const { stdout, exitCode } = await child
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, scenarios: [{ outcome: 'svid', svid: { spiffeId } }] })
    expect(exitCode).toBe(0)
    for (const file of filesBelow(where.state)) expect(readFileSync(file, 'latin1')).not.toContain(token)
  })

  it('is used through its agent’s socket, once the operator says that the attestor is loaded and the entry made', async () => {
    const runtimeDir = join(folder, 'run')
    const decisions = join(folder, 'decisions')
    await mkdir(decisions, { recursive: true, mode: 0o700 })
    const { host, tlsAuthority, dockerConfig } = services.registry
    const dataFile = join(folder, 'attestor.json')
    const config = attestorConfig({
      engineSocket: privateSocket(where.runtime),
      registries: [{ host, ...(tlsAuthority === undefined ? {} : { tlsAuthority }) }],
      dockerConfig,
      trustedRoot: services.endpoints.trustedRoot,
      cosign: { path: tools().cosign },
      records: decisions,
      launch: { mounts: [agentSocketFolder(runtimeDir)] },
    })
    await writeFile(dataFile, config)
    const plugin = { name: 'sigstore', command: join(dist, 'attestor-plugin.cjs'), dataFile }
    const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
    const agent = value(await startSpireAgent({ ...place('agent'), server, nodeAlias: parentId, plugin, env }))
    onTestFinished(() => agent.stop())
    const spire = { agentSocket: agent.socket, decisions, ...common() }
    const name = await profile('acme-agent', () => ({ spire }))
    const selectors = [signerSelector(services.profile.signer), `repository:${host}/team/hello`, asBuiltSelector].map(
      (value) => ({ type: 'sigstore', value }),
    )
    value(await createEntry(server.cli, { spiffeId, parentId, selectors, svidTtlSeconds: 3_600 }))
    const { summary, stderr } = await ended(name, ['signed', 'unsigned'], 'yes\nyes\nyes\n')
    expect(stderr.match(/Is that done\? \[y\/N\]/g)).toHaveLength(3)
    expect(summary).toMatchObject({
      ok: true,
      scenarios: [
        { outcome: 'svid', svid: { spiffeId } },
        { outcome: 'denied', denial: { gate: 'signature' } },
      ],
    })
    // Who says that nothing is loaded gets no further.
    const no = await ended(name, ['signed'], 'no\n')
    expect(no.summary.scenarios).toMatchObject([{ outcome: 'cancelled' }])
  })

  /** The command that a step of the newest run shows to be typed by hand. Throws while there is none. */
  function shown(step: string): readonly string[] {
    const runs = readdirSync(join(where.state, 'runs')).toSorted()
    const events = readFileSync(join(where.state, 'runs', runs.at(-1) ?? '', 'events.jsonl'), 'utf8')
    const lines = events.split('\n').filter((line) => line.includes('"step.command-ran"') && line.includes(`"${step}"`))
    const event: { command?: { argv: string[]; byHand: boolean } } = JSON.parse(lines.at(-1) ?? '{}')
    if (event.command?.byHand !== true) throw new Error('not shown yet')
    return event.command.argv
  }
})

describe('services that do not fit', () => {
  const refusal = async (name: string) => {
    const before = person.sentTo.length
    const { summary, exitCode } = await ended(name, ['signed'])
    expect({ exitCode, sent: person.sentTo.length - before }).toEqual({ exitCode: 1, sent: 0 })
    return summary.scenarios[0]?.['error']
  }

  it('are told before anything is built or signed: a trusted root of another instance', async () => {
    const trustedRoot = join(root, 'test/fixtures/sigstore/trusted-root')
    const name = await profile('other-root', ({ sigstore }) => ({ sigstore: { ...sigstore, trustedRoot } }))
    expect(await refusal(name)).toMatchObject({
      code: 'config.profile-services',
      what: expect.stringContaining('fulcio'),
      expected: expect.stringContaining('trusted root'),
    })
  })

  it('an issuer with a slash too many', async () => {
    const name = await profile('slash', ({ issuer }) => ({ issuer: `${issuer}/` }))
    expect(await refusal(name)).toMatchObject({
      what: expect.stringContaining('login'),
      found: expect.stringContaining(services.endpoints.issuer),
    })
  })

  it('a Rekor that does not answer', async () => {
    const rekor = { url: 'http://127.0.0.1:9', version: 2 }
    const name = await profile('no-rekor', ({ sigstore }) => ({ sigstore: { ...sigstore, rekor } }))
    expect(await refusal(name)).toMatchObject({ what: expect.stringContaining('rekor') })
  })

  it('a clock that is an hour off', async () => {
    const url = await anHourAhead(services.endpoints.fulcio)
    const name = await profile('clock', ({ sigstore }) => ({ sigstore: { ...sigstore, fulcio: { url } } }))
    expect(await refusal(name)).toMatchObject({
      what: expect.stringContaining('clock'),
      found: expect.stringMatching(/60 minutes|1 hour|3600|3599/),
    })
  })
})

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** Hands everything on, and says that it is an hour later: from there it is this machine's clock that is behind. */
async function anHourAhead(to: string): Promise<string> {
  const server = createServer((request, response) => {
    void fetch(new URL(request.url ?? '/', to)).then(async (answer) => {
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        date: new Date(Date.now() + 3_600_000).toUTCString(),
      })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'hello-world')
    .map((entry) => join(entry.parentPath, entry.name))
