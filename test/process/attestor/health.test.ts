import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../../../src/core/process/command.ts'
import { trustedRootFile } from '../../fixtures/sigstore-fixtures.ts'
import { copyPlugin, PluginHost } from './plugin-host.ts'
import { Stage } from './stage.ts'

const built = mkdtempSync(join(tmpdir(), 'attestor-health-'))
const program = join(built, 'attestor.cjs')
beforeAll(() => copyPlugin(program))
afterAll(() => rmSync(built, { recursive: true }))

let stage: Stage
let host: PluginHost
let config: string
let socket: string
const servers: Server[] = []
beforeEach(async () => {
  stage = await new Stage().start()
  config = join(stage.folder, 'plugin.json')
  socket = join(stage.records, 'health.sock')
  writeFileSync(config, stage.config())
  host = new PluginHost(program, { TMPDIR: stage.folder })
  await host.load()
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await host.kill()
  await stage.stop()
})

async function health(...args: string[]) {
  const command = [program, 'health', '--config', config, ...args]
  const outcome = await runCommand({ program: process.execPath, args: command, timeoutMs: 20_000 })
  return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, says: outcome.stdout + outcome.stderr }
}

const part = { ok: true, found: '' }
const good = `${JSON.stringify({ pid: 1, engine: part, trustedRoot: part })}\n`

/** Answers in a plugin's place. */
async function answers(at: string, answer = (): string => good): Promise<void> {
  const server = createServer((connection) => connection.end(answer()))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(at, resolve))
}

describe('the health of a plugin', () => {
  it('is healthy when configured, bad before that, and dead once it was killed', async () => {
    expect(await health()).toMatchObject({ code: 1, says: expect.stringContaining('not there') })
    await host.configure(stage.config())
    const good = await health()
    expect(good).toMatchObject({ code: 0, says: expect.stringContaining(`pid ${host.child.pid}`) })
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    host.child.kill('SIGKILL')
    await host.exited
    const dead = await health()
    expect(dead).toMatchObject({ code: 1, says: expect.stringContaining('ECONNREFUSED') })
    expect(dead.says).toContain('Restart the SPIRE agent')
    expect((await health('--alive')).code).toBe(1)
  })

  it('is bad while it does not answer, and good again when it does', async () => {
    await host.configure(stage.config())
    host.child.kill('SIGSTOP')
    expect(await health()).toMatchObject({ code: 1, says: expect.stringContaining('no answer within 3 s') })
    host.child.kill('SIGCONT')
    expect((await health('--wait', '20')).code).toBe(0)
  })

  it('is limited while its engine or its trusted root cannot be used, which a restart does not fix', async () => {
    await host.configure(stage.config())
    await stage.engine.stop()
    expect(await health()).toMatchObject({
      code: 3,
      says: expect.stringMatching(/NOT reachable: ENOENT|NOT reachable: ECONNREFUSED/),
    })
    expect(await health('--alive')).toMatchObject({ code: 0, says: expect.stringContaining('NOT reachable') })
    await stage.engine.start()
    const root = join(stage.folder, 'root.json')
    copyFileSync(trustedRootFile, root)
    await host.configure(stage.config({ trustedRoot: root }))
    rmSync(root)
    expect(await health()).toMatchObject({ code: 3, says: expect.stringContaining('NOT usable') })
  })

  it('can be waited for', async () => {
    mkdirSync(stage.records, { mode: 0o700 })
    let asked = 0
    await answers(socket, () => (asked++ === 0 ? '' : good))
    expect((await health('--wait', '20')).code).toBe(0)
    expect(asked).toBe(2)
  })

  it('is found at the folder of the configuration in force, and its socket is removed with the plugin', async () => {
    await host.configure(stage.config())
    const other = join(stage.folder, 'other')
    await host.configure(stage.config({ records: other }))
    expect(existsSync(socket)).toBe(false)
    expect((await health()).code).toBe(1)
    writeFileSync(config, stage.config({ records: other }))
    expect((await health()).code).toBe(0)
    await host.shutdown()
    expect(existsSync(join(other, 'health.sock'))).toBe(false)
    expect((await health()).code).toBe(1)
  })

  it('is that of the newest plugin, also after an older one has ended', async () => {
    await host.configure(stage.config())
    const newer = new PluginHost(program, { TMPDIR: stage.folder })
    await newer.load()
    await newer.configure(stage.config())
    await host.shutdown()
    expect(await health()).toMatchObject({ code: 0, says: expect.stringContaining(`pid ${newer.child.pid}`) })
    await newer.kill()
    expect((await health()).code).toBe(1)
  })
})

describe('files that a stranger may have planted', () => {
  it('in a folder that others may write do not count, and the plugin puts nothing there', async () => {
    mkdirSync(stage.records)
    chmodSync(stage.records, 0o777)
    await answers(socket)
    expect(await health()).toMatchObject({ code: 2, says: expect.stringContaining('mode 0777') })
    await host.configure(stage.config()).catch(() => undefined)
    expect((await health()).code).toBe(2)
  })

  it('as a link in place of the folder do not count', async () => {
    const elsewhere = join(stage.folder, 'elsewhere')
    mkdirSync(elsewhere, { mode: 0o700 })
    await answers(join(elsewhere, 'health.sock'))
    symlinkSync(elsewhere, stage.records)
    expect(await health()).toMatchObject({ code: 2, says: expect.stringContaining('a link, or no folder') })
  })

  it.runIf(process.getuid?.() === 0)('in a folder of another user does not count', async () => {
    await host.configure(stage.config())
    chownSync(stage.records, 65_534, 65_534)
    expect(await health()).toMatchObject({ code: 2, says: expect.stringContaining('owner 65534') })
  })

  it.each([
    ['a file', () => writeFileSync(socket, '{}')],
    ['a link', () => symlinkSync('/run/other.sock', socket)],
  ])('as %s in place of the socket does not count', async (_, plant) => {
    await host.configure(stage.config())
    renameSync(socket, `${socket}.away`)
    plant()
    expect(await health()).toMatchObject({ code: 2, says: expect.stringContaining('another kind of file') })
  })
})

it('without a configuration the health is unknown, and other words are refused', async () => {
  writeFileSync(config, 'none')
  expect((await health()).code).toBe(2)
  expect((await health('more')).code).toBe(2)
  expect((await health('--wait', '-1')).code).toBe(2)
})
