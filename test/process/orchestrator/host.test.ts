import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Client, createClient } from '../../../src/core/contract/client.ts'
import { type Follower, follow } from '../../../src/core/contract/follow.ts'
import { createHost, type Host } from '../../../src/core/orchestrator/host/host.ts'
import { memoryTransport } from '../../contract/memory-transport.ts'
import { type Machine, machineWithTools } from '../tools/machine-with-tools.ts'

let machine: Machine
let host: Host
let client: Client
let follower: Follower

const begin = (): void => {
  const { folders, assets, env } = machine.options
  host = createHost({
    folders: { ...folders, state: join(machine.folder, 'state'), runtime: join(machine.folder, 'run') },
    assets,
    programs: { node: '/n', attestorPlugin: '/p', issuer: '/i', openerDir: '/o' },
    about: { version: '1.2.3', runTime: null },
    ...(env === undefined ? {} : { env }),
  })
  client = createClient(memoryTransport(host.server))
  follower = follow(client)
}
const until = (state: string) =>
  vi.waitFor(() => expect(follower.get().engine?.machine.state, 'waited for the machine').toBe(state), {
    timeout: 10_000,
  })
const rows = () => follower.get().engine?.setup.map(({ program, state }) => `${program} ${state}`)

beforeEach(async () => {
  machine = await machineWithTools()
})
afterEach(async () => {
  await host.close()
  await machine.remove()
})

describe('the setup of a host', () => {
  it('reports what cannot be obtained, starts nothing then, and is retried on request', async () => {
    await machine.goBuild('fails')
    begin()
    await until('failed')
    const failed = follower.get().engine?.machine
    expect(failed?.state === 'failed' && failed.error.code).toMatch(/^tools\./)
    expect(rows()?.some((row) => row.endsWith(' failed'))).toBe(true)
    expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
      error: { code: 'machine.not-ready', found: 'failed' },
    })

    await machine.goBuild('works')
    expect(await client.request('prepareAgain', {})).toEqual({ ok: true, value: {} })
    expect(await client.request('prepareAgain', {})).toMatchObject({ error: { code: 'machine.not-failed' } })
    await until('ready')
    // The engine is the one that the test names, and it does not exist: a preflight finding, reported here.
    expect(rows()?.filter((row) => !row.endsWith(' ready'))).toEqual(['container engine failed'])
  })

  it('ends at once when the host is closed in the middle of it', async () => {
    await machine.goBuild('hangs')
    begin()
    await vi.waitFor(() => expect(rows()?.some((row) => row.endsWith(' working'))).toBe(true), { timeout: 10_000 })
    await host.close()
    await until('stopping')
    expect(await client.request('startRun', { scenario: 'signed' })).toMatchObject({
      error: { code: 'machine.stopping' },
    })
    expect(await client.request('prepareAgain', {})).toMatchObject({ error: { code: 'machine.not-failed' } })
  })
})
