import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { dist, root } from './harness/session.ts'
import { filesBelow, storiesElsewhere } from './harness/stories-elsewhere.ts'
import { processesNaming } from './harness/traces.ts'

const { where, services, person, profile, options, story, ended } = storiesElsewhere()

describe('the story with existing services', () => {
  it('ends as in the sandbox: only the expected signer’s image gets its SVID', async () => {
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
      image: { repository: `${services().registry.host}/team/hello` },
      signer: services().profile.signer,
    })
    // They logged in where the profile says, in a browser of their own.
    expect(person().sentTo.length).toBeGreaterThan(4)
    expect(person().sentTo.filter((url) => !url.startsWith(services().endpoints.issuer))).toEqual([])
    const { password, refreshToken } = services().registry.users.pusher
    const written = filesBelow(where.state).map((file) => readFileSync(file, 'latin1'))
    expect(written.length).toBeGreaterThan(10)
    expect(written.filter((text) => text.includes(password) || text.includes(refreshToken))).toEqual([])
  })

  it('is refused if another person logs in than expected, and names them', async () => {
    person().is = 'intern'
    // A signing config also names the services' addresses.
    const { signingConfig } = services().endpoints
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

  it('shows people the address to open, the checks of the services and the log’s own statement', async () => {
    const { stdout } = await story('acme', [])
    const words = stdout.replace(/\s*│\s*/g, ' ')
    expect(words).toContain('Acme: services that are there already')
    expect(words).toContain(`open ${services().endpoints.issuer}`)
    expect(words).toMatch(/trusted root\s+passed/)
    expect(words).toMatch(/log-checkpoint\s+not checked yet: it takes entries and serves none/)
  })

  it('cannot run with the second issuer: the usage says what can', async () => {
    const { stderr, exitCode } = await story('acme', ['--scenario', 'wrong-issuer'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('in the sandbox only')
    expect(person().sentTo.length).toBeGreaterThan(0)
  })

  it('stops waiting for a login when the person cancels', async () => {
    person().is = null
    const before = person().sentTo.length
    const child = execa(process.execPath, [join(dist, 'cli.js'), 'story', '--profile', 'acme'], options())
    await vi.waitFor(() => expect(person().sentTo.length).toBe(before + 1), { timeout: 90_000 })
    child.kill('SIGINT')
    const { exitCode, stdout } = await child
    expect(exitCode).toBe(130)
    expect(stdout).toContain('cancelled')
    expect(processesNaming(where.runtime)).toEqual([])
  })
})

describe('a story that publishes', () => {
  /** Whether the registry has anything of this repository. */
  const published = () =>
    existsSync(join(dirname(services().registry.caFile ?? ''), 'data/docker/registry/v2/repositories/team/open'))
  const open = () =>
    profile('open', ({ registry }) => ({ public: true, registry: { ...registry, repository: 'team/open' } }))

  it('prompts before anything leaves the machine; no answer is a no', async () => {
    const before = person().sentTo.length
    for (const input of ['', 'publish it\n']) {
      const { summary, stderr, exitCode } = await ended(await open(), ['signed'], input)
      expect(summary.scenarios).toMatchObject([{ outcome: 'cancelled', ok: false, signer: null }])
      expect(exitCode).toBe(1)
      for (const words of ['FOR EVER', 'engineer@sandbox.example  <- this is you', '[y/N]']) {
        expect(stderr).toContain(words)
      }
    }
    expect(published()).toBe(false)
    expect(person().sentTo.length).toBe(before)
  })

  it('prompts for values that its profile leaves open, continues after a yes, and says PUBLIC', async () => {
    const { signer } = services().profile
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

describe('services that do not fit', () => {
  const refusal = async (name: string) => {
    const before = person().sentTo.length
    const { summary, exitCode } = await ended(name, ['signed'])
    expect({ exitCode, sent: person().sentTo.length - before }).toEqual({ exitCode: 1, sent: 0 })
    return summary.scenarios[0]?.['error']
  }

  it('are reported before anything is built or signed: a trusted root of another instance', async () => {
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
      found: expect.stringContaining(services().endpoints.issuer),
    })
  })

  it('an unreachable Rekor', async () => {
    const rekor = { url: 'http://127.0.0.1:9', version: 2 }
    const name = await profile('no-rekor', ({ sigstore }) => ({ sigstore: { ...sigstore, rekor } }))
    expect(await refusal(name)).toMatchObject({ what: expect.stringContaining('rekor') })
  })

  it('a clock that is an hour off', async () => {
    const url = await anHourAhead(services().endpoints.fulcio)
    const name = await profile('clock', ({ sigstore }) => ({ sigstore: { ...sigstore, fulcio: { url } } }))
    expect(await refusal(name)).toMatchObject({
      what: expect.stringContaining('clock'),
      // The request itself takes a while.
      found: expect.stringMatching(/^3[56]\d\d seconds/),
    })
  })
})

/**
 * Forwards everything, with a Date header that is an hour ahead: from there it is this machine's clock that is behind.
 */
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
