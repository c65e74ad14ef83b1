import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { attestorConfig } from '../../src/core/attestor/config/parse.ts'
import { privateSocket } from '../../src/core/containers/engine/private-engine.ts'
import { signerSelector } from '../../src/core/domain/identity.ts'
import type { Result } from '../../src/core/domain/result.ts'
import { asBuiltSelector } from '../../src/core/domain/spiffe/selector.ts'
import { Redactor } from '../../src/core/process/redactor.ts'
import { agentSocketFolder, startSpireAgent } from '../../src/core/spire/agent.ts'
import { createEntry } from '../../src/core/spire/entries.ts'
import { generateJoinToken, type SpireServer, startSpireServer } from '../../src/core/spire/server.ts'
import { dist, tools } from './harness/session.ts'
import { filesBelow, storiesElsewhere } from './harness/stories-elsewhere.ts'

const { where, services, profile, options, ended } = storiesElsewhere()

describe('an existing SPIRE', () => {
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
  /** What its operator types, as shown to them. */
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

  it('is joined with its operator\u2019s token; what only the operator may write is shown to the operator', async () => {
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

  it('is used through its agent’s socket, once the operator confirms attestor and entry', async () => {
    const runtimeDir = join(folder, 'run')
    const decisions = join(folder, 'decisions')
    await mkdir(decisions, { recursive: true, mode: 0o700 })
    const { host, caFile, dockerConfig } = services().registry
    const dataFile = join(folder, 'attestor.json')
    const config = attestorConfig({
      engineSocket: privateSocket(where.runtime),
      registries: [{ host, ...(caFile === undefined ? {} : { caFile }) }],
      dockerConfig,
      trustedRoot: services().endpoints.trustedRoot,
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
    const selectors = [signerSelector(services().profile.signer), `repository:${host}/team/hello`, asBuiltSelector].map(
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
    // Answering that nothing is loaded goes no further.
    const no = await ended(name, ['signed'], 'no\n')
    expect(no.summary.scenarios).toMatchObject([{ outcome: 'cancelled' }])
  })

  /** The command that a step of the newest run shows as the equivalent command. Throws while there is none. */
  function shown(step: string): readonly string[] {
    const runs = readdirSync(join(where.state, 'runs')).toSorted()
    const events = readFileSync(join(where.state, 'runs', runs.at(-1) ?? '', 'events.jsonl'), 'utf8')
    const lines = events.split('\n').filter((line) => line.includes('"step.command-ran"') && line.includes(`"${step}"`))
    const event: { command?: { argv: string[]; byHand: boolean } } = JSON.parse(lines.at(-1) ?? '{}')
    if (event.command?.byHand !== true) throw new Error('not shown yet')
    return event.command.argv
  }
})

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
