import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { connectEngine } from '../../../src/core/containers/engine/engine.ts'
import { startService } from '../../../src/core/process/services/service.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { startAgentBeside } from '../harness/agent-beside.ts'
import { Workloads } from '../harness/workloads.ts'
import type { AttackStage } from './stage.ts'

/** Programs that end under the attestor, and the agent that ends above it. Last: the agent does not come back. */
export function endings(stage: () => AttackStage): void {
  describe('what ends', () => {
    it('is the engine: once it is there again, the same plugin asks it again', async (test) => {
      const { session, agent, workloads, signed } = stage()
      const engine = running(session.resources, 'engine')
      test.skip(!engine.ours, 'The engine of this machine is not restarted for a test.')
      const id = await workloads.run(signed.reference)
      await workloads.answer(id)
      const { runtime } = session.resources.folders
      const pid = Number(readFileSync(join(runtime, 'docker.pid'), 'utf8'))
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
      const plugins = pluginsOf(agent.pid)
      process.kill(pid, 'SIGTERM')
      await gone(pid)

      const again = await startService({
        id: 'dockerd-again',
        program,
        args,
        env: { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
        logFile: join(session.resources.places.logs, 'dockerd-again.log'),
        pidFolder: session.resources.places.pids,
        readyTimeoutMs: 60_000,
        probe: async (signal) => (await connectEngine(engine.socket, { ours: true, signal })).ok,
      })
      if (!again.ok) throw new Error(JSON.stringify(again.error))
      session.resources.services.add('dockerd again', again.value)
      await stage().expectAttested(signed.reference)
      expect(pluginsOf(agent.pid)).toEqual(plugins)
    })

    it('is the agent, killed: its plugin ends too, and the next one removes what it left', async () => {
      const { session, agent, signed } = stage()
      const plugins = pluginsOf(agent.pid)
      expect(plugins).toHaveLength(1)
      process.kill(agent.pid, 'SIGKILL')
      for (const plugin of plugins) await gone(plugin)

      const next = await startAgentBeside(session, {}, 'next')
      for (const plugin of plugins) {
        const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`sigstore-attestor-plugin-${plugin}-`))
        expect(left).toEqual([])
      }
      const outcome = await new Workloads(running(session.resources, 'engine').docker, next).ask(signed.reference)
      expect(outcome.record).toMatchObject({ answer: 'selectors' })
    })
  })
}

/** The processes of the plugin below an agent. */
const pluginsOf = (agent: number): readonly number[] =>
  execFileSync('ps', ['--ppid', String(agent), '-o', 'pid=,args='])
    .toString()
    .split('\n')
    .filter((line) => line.includes('attestor-plugin'))
    .map((line) => Number.parseInt(line, 10))

const gone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false), { timeout: 20_000, interval: 50 })
