import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { runCommand } from '../../src/core/process/command.ts'
import { healthy } from '../../src/core/spire/server.ts'
import { running } from '../../src/core/steps/resources.ts'
import { portsOpened } from '../harness/listening.ts'
import { type AgentBeside, startAgentBeside } from './harness/agent-beside.ts'
import { dist, realSession, root, temporaryFolders } from './harness/session.ts'

// SPIRE starts an external plugin once. What an operator sees of its death, and how to fix it.

const where = temporaryFolders()
const executable = join(dist, 'sigstore-attestor')
let session: Session
let agent: AgentBeside

beforeAll(async () => {
  execFileSync(process.execPath, ['src/cli/build-attestor.mjs'], { cwd: root, stdio: 'ignore' })
  session = await realSession(where, undefined, executable)
  const state = await session.newRun('signed', null).start()
  expect(state.error).toBeNull()
  agent = await startAgentBeside(session, {})
})
afterAll(async () => {
  await session?.close()
  where.remove()
})

/** The plugin's process: the agent's child that runs our executable. */
function pluginOf({ pid }: AgentBeside): number {
  const found = childrenOf(pid).find((each) => readlinkSync(`/proc/${each}/exe`) === executable)
  if (found === undefined) throw new Error('the agent has no plugin')
  return found
}

const childrenOf = (pid: number): readonly number[] =>
  execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='])
    .toString()
    .trim()
    .split(/\s+/)
    .map(Number)

async function health(...args: string[]) {
  const command = ['health', '--config', agent.configFile, ...args]
  const outcome = await runCommand({ program: executable, args: command, timeoutMs: 60_000 })
  return { code: outcome.kind === 'exited' ? outcome.exitCode : outcome.kind, says: outcome.stdout + outcome.stderr }
}

const agentSaysHealthy = async (): Promise<boolean> => {
  const socket = join(agent.socketFolder, 'api.sock')
  return (await healthy(session.resources.tools['spire-agent'], socket, AbortSignal.timeout(20_000))) === true
}

it('a plugin outlives SIGUSR1 to it and to its agent, opens no inspector, and is healthy', async () => {
  const plugin = pluginOf(agent)
  expect(await health()).toMatchObject({ code: 0, says: expect.stringContaining(`pid ${plugin}`) })
  for (const pid of [plugin, agent.pid]) process.kill(pid, 'SIGUSR1')
  expect(await portsOpened(plugin)).toEqual([])
  expect(await health()).toMatchObject({ code: 0, says: expect.stringContaining(`pid ${plugin}`) })
})

it('a killed plugin is noticed, although its agent reports itself healthy and does not restart it', async () => {
  const plugin = pluginOf(agent)
  process.kill(plugin, 'SIGKILL')
  await expect.poll(() => existsSync(`/proc/${plugin}/fd/0`)).toBe(false)
  expect(await health()).toMatchObject({ code: 1, says: expect.stringContaining('Restart the SPIRE agent') })
  process.kill(agent.pid, 'SIGUSR1')
  expect(await agentSaysHealthy()).toBe(true)
  expect((await health('--wait', '2')).code).toBe(1)
})

it('a restarted agent brings a healthy one', async () => {
  process.kill(agent.pid, 'SIGTERM')
  await expect.poll(() => existsSync(`/proc/${agent.pid}/fd/0`), { timeout: 20_000 }).toBe(false)
  agent = await startAgentBeside(session, {})
  expect(await health('--wait', '30')).toMatchObject({
    code: 0,
    says: expect.stringContaining(`pid ${pluginOf(agent)}`),
  })
})

it('an agent that is stopped in order ends its plugin without an error in its log', async () => {
  const own = running(session.resources, 'spireAgent')
  const log = join(session.resources.places.logs, 'spire-agent.log')
  const [plugin] = childrenOf(own.service.pid).filter((each) => readlinkSync(`/proc/${each}/exe`) === executable)
  expect(plugin).toBeDefined()
  await own.stop()
  expect(existsSync(`/proc/${plugin}/fd/0`)).toBe(false)
  const text = readFileSync(log, 'utf8')
  expect(text).toContain('Agent stopped')
  expect(text).not.toContain('Failed to deinitialize')
})
