import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { KnownContainers } from '../../src/core/attestor/cache/known-containers.ts'
import { attestorConfig } from '../../src/core/attestor/config/parse.ts'
import { readStartTime } from '../../src/core/attestor/processes/process-facts.ts'
import type { DecisionRecord } from '../../src/core/domain/gate.ts'
import { parseSelector } from '../../src/core/domain/spiffe/selector.ts'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { runCommand } from '../../src/core/process/command.ts'
import { createEntry, deleteEntry } from '../../src/core/spire/entries.ts'
import { running } from '../../src/core/steps/resources.ts'
import { nodeAlias, selectorType } from '../../src/core/steps/shared/trust-domain.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { isPodman } from './harness/engine-kind.ts'
import { dist, realSession, root, temporaryFolders } from './harness/session.ts'
import { gateOf, Workloads } from './harness/workloads.ts'

const where = temporaryFolders()
const executable = join(dist, 'sigstore-attestor')
const asBuiltId = 'spiffe://demo.test/as-built'
let session: Session
let state: RunState
let workloads: Workloads

beforeAll(async () => {
  execFileSync(process.execPath, ['src/cli/build-attestor.mjs'], { cwd: root, stdio: 'ignore' })
  session = await realSession(where, undefined, executable)
  state = await session.newRun('signed', null).start()
  expect(state.error).toBeNull()
  // An entry of this test's own, with the same selectors: who signed, what, and launched as built.
  const entry = artifactOf(state, 'entry')!
  const { cli } = running(session.resources, 'spireServer')
  expect(await deleteEntry(cli, entry.entryId ?? '')).toMatchObject({ ok: true })
  expect(entry.selectors).toContain(`${selectorType}:launch:as-built`)
  const selectors = entry.selectors.flatMap((text) => {
    const parsed = parseSelector(text)
    return parsed.ok ? [parsed.value] : []
  })
  const created = await createEntry(cli, { spiffeId: asBuiltId, parentId: nodeAlias, selectors, svidTtlSeconds: 3600 })
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  const known = await running(session.resources, 'spireAgent').entries.until(created.value.value.id, {
    timeoutMs: 20_000,
  })
  expect(known.ok).toBe(true)
  workloads = new Workloads(running(session.resources, 'engine').docker, {
    socketFolder: agentFolder(),
    decisions: session.resources.places.decisions,
  })
})
afterEach(() => workloads.remove())
afterAll(async () => {
  await session?.close()
  where.remove()
})

const image = () => artifactOf(state, 'pushed-image')!
const agentFolder = () => running(session.resources, 'spireAgent').socketFolder

/** Starts the signed image with something changed. */
const start = (options: object = {}, host: object = {}, before?: (id: string) => Promise<unknown>) =>
  workloads.ask(`${image().repository}@${image().digest}`, { options, host, ...(before && { before }) })
const signerOf = (record: DecisionRecord) => record.selectors.find((value) => value.startsWith('signer:'))

describe('the executable, as the plugin of a real agent', () => {
  it('is what runs, and attests the signed image, launched as built', async () => {
    const { answer, record } = await start()
    expect(answer).toMatchObject({ outcome: 'svid', spiffeId: asBuiltId })
    expect(record.gates.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'container passed',
      'image passed',
      'registry passed',
      'signature passed',
      'signer passed',
      'launch passed',
    ])
    const { pid } = running(session.resources, 'spireAgent').service
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    const all = execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='])
      .toString()
      .trim()
      .split(/\s+/)
    const programs = [...new Set([...children, ...all])]
      .filter((each) => each !== '')
      .map((each) => readlinkSync(`/proc/${each}/exe`))
    expect(programs).toContain(executable)
  })

  it('explains the decision for a running container, as text and as JSON', async () => {
    const { id } = await start()
    const explain = (...args: string[]) =>
      runCommand({
        program: executable,
        args: ['explain', ...args, '--config', session.resources.places.attestorConfig],
        timeoutMs: 20_000,
      })
    const text = await explain(id)
    expect(text).toMatchObject({ kind: 'exited', exitCode: 0, stderr: '' })
    expect(text.stdout).toContain('launch:as-built')
    const json = JSON.parse((await explain(id.slice(0, 12), '--json')).stdout) as DecisionRecord
    expect(json.selectors).toEqual((await workloads.decision(id)).selectors)
  })

  it('decides the same with no more rights and files than the hardened unit leaves', async () => {
    const { id } = await start()
    const { decisions, attestorConfig: file } = session.resources.places
    const [program = '', ...before] = confined(decisions)
    const outcome = await runCommand({
      program,
      args: [...before, executable, 'explain', id, '--json', '--config', file],
      timeoutMs: 20_000,
    })
    expect(outcome).toMatchObject({ kind: 'exited', exitCode: 0, stderr: '' })
    expect(JSON.parse(outcome.stdout)).toMatchObject({ selectors: (await workloads.decision(id)).selectors })
  })
})

/**
 * The kernel's means behind the systemd options that docs/attestor.md recommends: what a unit with these options leaves
 * of rights and files. System calls are left out: nothing on every machine can restrict them.
 */
function confined(records: string): readonly string[] {
  const script = [
    'mount -t proc -o hidepid=invisible proc /proc',
    'for each in /proc/sys /sys; do mount --bind $each $each; mount -o remount,bind,ro $each; done',
    // Empty, and for temporary files: everything else is read-only.
    'mount -t tmpfs -o mode=1777 tmpfs /home && export TMPDIR=/home',
    `mount --bind '${records}' '${records}'`,
    'mount -o remount,bind,ro /',
    `mount -o remount,bind,rw '${records}'`,
    'exec "$@"',
  ]
  const rights = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all,+sys_ptrace,+dac_read_search']
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', script.join('; '), 'sh', 'setpriv', ...rights]
}

describe('a borrowed image: signed, and started with something else', () => {
  const bind = (source: string, target: string) => [workloads.socketBind(), `${source}:${target}:ro`]
  const cases: [string, () => [object, object?, ((id: string) => Promise<unknown>)?], string][] = [
    ['another entry point', () => [{ Entrypoint: ['/workload', '-timeout=9s'] }], 'another entry point'],
    ['other arguments', () => [{ Cmd: ['more'] }], 'another command: more'],
    ['LD_PRELOAD', () => [{ Env: ['LD_PRELOAD=/evil.so'] }], 'another environment: LD_PRELOAD'],
    ['another user', () => [{ User: '0:0' }], 'another user: 0:0'],
    [
      'its program covered by a mount',
      () => [{}, { Binds: bind(session.resources.tools.workload, '/workload') }],
      'is mounted at /workload',
    ],
    ['a volume', () => [{ Volumes: { '/data': {} } }], 'is mounted at /data'],
    ['a copied file', () => [{}, {}, copyInto], 'changed since the image: /evil'],
    ['all privileges', () => [{}, { Privileged: true }], 'privileged'],
    ['a capability', () => [{}, { CapAdd: ['SYS_PTRACE'] }], 'SYS_PTRACE'],
    ['the machine\u2019s processes', () => [{}, { PidMode: 'host' }], 'PidMode is host'],
    ['the machine\u2019s memory', () => [{}, { IpcMode: 'host' }], 'IpcMode is host'],
  ]
  it.each(cases)(
    'with %s has its signer\u2019s selector, and no SVID that requires launch:as-built',
    async (_, change, found) => {
      const { answer, record } = await start(...change())
      expect(answer).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
      expect(gateOf(record, 'signer')?.verdict).toBe('passed')
      expect(gateOf(record, 'launch')).toMatchObject({ verdict: 'failed' })
      expect(gateOf(record, 'launch')?.found).toContain(found)
      expect(signerOf(record)).toBeDefined()
      expect(record.selectors).not.toContain('launch:as-built')
    },
  )

  it.each([
    ['a tmpfs', {}, { Tmpfs: { '/tmp': '' } }],
    [
      'a read-only file system and fewer rights',
      {},
      { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
    ],
  ])('is launched as built with %s: that takes nothing from it', async (_, more, hostConfig) => {
    expect((await start(more, hostConfig)).answer).toMatchObject({ outcome: 'svid', spiffeId: asBuiltId })
  })

  it('does not lend its identity to an exec session', async () => {
    const { id, answer } = await start()
    expect(answer.outcome).toBe('svid')
    const { docker } = running(session.resources, 'engine')
    const before = (await workloads.decisions(id)).length
    const exec = await docker.getContainer(id).exec({ Cmd: ['/workload'], AttachStdout: true })
    const stream = await exec.start({})
    stream.resume()
    await expect.poll(async () => (await workloads.decisions(id)).length, { timeout: 15_000 }).toBeGreaterThan(before)
    const record = await workloads.decision(id)
    expect(gateOf(record, 'launch')).toMatchObject({ verdict: 'failed' })
    expect(gateOf(record, 'launch')?.found).toMatch(/started in the container besides|from outside/)
  })

  async function copyInto(id: string): Promise<unknown> {
    const tar = pack()
    tar.entry({ name: 'evil', mode: 0o755 }, 'evil')
    tar.finalize()
    return running(session.resources, 'engine').docker.getContainer(id).putArchive(Readable.from(tar), { path: '/' })
  }
})

describe('a cached container description', () => {
  const signal = () => AbortSignal.timeout(5_000)

  it('is equal to the engine\u2019s answer, until something happens to the container', async () => {
    const { id } = await start()
    const { docker, socket } = running(session.resources, 'engine')
    const containers = new KnownContainers(socket, 1_000)
    const describes = async () => {
      const answer = await containers.container(id, (pid) => readStartTime('/proc', pid), signal())
      if (!answer.ok) throw new Error(JSON.stringify(answer.error))
      return answer.value
    }
    const isRemembered = async () => (await describes()) === (await describes())
    if (await isPodman({ docker })) {
      // Its list of events is not of Docker's kind: it is queried each time.
      for (let time = 0; time < 5; time++) expect(await isRemembered()).toBe(false)
      return
    }
    const container = docker.getContainer(id)
    const cases: [string, () => Promise<unknown>][] = [
      ['a pause', () => container.pause()],
      ['its end', () => container.unpause()],
      ['another name', () => container.rename({ name: `renamed-${id.slice(0, 12)}` })],
      ['an update', () => container.update({ CpuShares: 512 })],
      ['a restart', () => container.restart({ t: 0 })],
      ['a program started in it', () => container.exec({ Cmd: ['/workload'] })],
    ]
    for (const [what, happens] of cases) {
      await expect.poll(isRemembered, { timeout: 15_000 }).toBe(true)
      const before = await describes()
      await happens()
      // What happens in the current millisecond may be reported with the next answer (docs/adr/0007).
      for (const then = Date.now(); Date.now() === then; );
      expect(await describes(), what).not.toBe(before)
    }
    const { name, launch } = await describes()
    expect([name, launch?.execIds.length, await isRemembered()]).toEqual([`renamed-${id.slice(0, 12)}`, 1, false])
  })
})

describe('another configuration, while the agent runs', () => {
  const agentLog = (): string => readFileSync(join(session.resources.places.logs, 'spire-agent.log'), 'utf8')
  /** Writes the file that plugin_data_file names, has the agent read it, and waits for the plugin's log line. */
  async function reload(text: string, says: string): Promise<void> {
    const before = agentLog().split(says).length
    writeFileSync(session.resources.places.attestorConfig, text)
    process.kill(running(session.resources, 'spireAgent').service.pid, 'SIGUSR1')
    await expect.poll(() => agentLog().split(says).length, { timeout: 20_000, interval: 100 }).toBeGreaterThan(before)
  }

  it('is applied, and a rejected one leaves the previous one in force and says so', async () => {
    const text = readFileSync(session.resources.places.attestorConfig, 'utf8')
    const config = JSON.parse(text) as Parameters<typeof attestorConfig>[0]
    await reload(JSON.stringify({ ...config, enginesocket: '/x' }), 'the one before stays in force')
    expect(agentLog()).toContain('Is \\"engineSocket\\" meant?')
    expect((await start()).answer.outcome).toBe('svid')

    const nobody = [{ issuer: { pattern: '**localhost**' }, subject: 'nobody@sandbox.example' }]
    await reload(attestorConfig({ ...config, signers: nobody }), 'Configured again')
    const { answer, record } = await start()
    expect(answer).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
    expect(gateOf(record, 'signer')).toMatchObject({ verdict: 'failed' })
    expect(record.selectors).toEqual([])

    const engineers = [{ issuer: { pattern: '**localhost**' }, subject: { pattern: 'engineer@*' } }]
    await reload(attestorConfig({ ...config, signers: engineers }), 'Configured again')
    expect((await start()).answer).toMatchObject({ outcome: 'svid', spiffeId: asBuiltId })
  })
})
