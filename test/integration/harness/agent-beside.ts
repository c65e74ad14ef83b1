import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { attestorConfig } from '../../../src/core/attestor/config/parse.ts'
import type { AttestorConfigFile } from '../../../src/core/attestor/config/schema.ts'
import type { Session } from '../../../src/core/orchestrator/session/session.ts'
import { startService } from '../../../src/core/process/services/service.ts'
import { type EntryWatch, watchEntries } from '../../../src/core/spire/entry-watch.ts'
import { generateJoinToken, healthy } from '../../../src/core/spire/server.ts'
import { parseLogLine } from '../../../src/core/spire/spire-log.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { nodeAlias } from '../../../src/core/steps/shared/trust-domain.ts'

/** A second agent of a session, in which SPIRE's own `docker` attestor works beside ours. */
export interface AgentBeside {
  /** Of the agent itself. */
  readonly pid: number
  readonly socketFolder: string
  readonly decisions: string
  readonly entries: EntryWatch
  /** Of the plugin: what `plugin_data_file` names. */
  readonly configFile: string
  /**
   * The built-in attestor's result for a process: its selectors, or its error. Undefined without one. Waits until the
   * agent has logged it.
   */
  readonly builtIn: (pid: number) => Promise<{ selectors: readonly string[]; error?: string }>
  /** Lines of its log that are not JSON. */
  readonly unreadable: () => readonly string[]
  /** Whether it logged a message of exactly these words. */
  readonly said: (message: string) => boolean
  /** Every selector that the agent attested for a process. */
  readonly attested: (pid: number) => Promise<readonly string[]>
}

/** Starts it, with the configuration of the session's own agent except for names, sockets and the second attestor. */
export async function startAgentBeside(
  session: Session,
  plugin: Partial<AttestorConfigFile>,
  name = 'beside',
): Promise<AgentBeside> {
  const { places, folders, tools, programs, redactor, services } = session.resources
  const own = running(session.resources, 'spireAgent')
  const folder = join(places.spire, name)
  const runtime = join(folders.runtime, name)
  const socketFolder = join(runtime, 'agent')
  const decisions = join(folder, 'decisions')
  const [socket, configFile] = [join(socketFolder, 'api.sock'), join(folder, 'plugin.json')]
  for (const each of [decisions, join(folder, 'data'), join(runtime, 'admin')]) mkdirSync(each, { recursive: true })
  mkdirSync(socketFolder, { recursive: true, mode: 0o755 })

  const before: Parameters<typeof attestorConfig>[0] = JSON.parse(readFileSync(places.attestorConfig, 'utf8'))
  const more = { records: decisions, launch: { mounts: [socketFolder] }, progress: false }
  writeFileSync(configFile, attestorConfig({ ...before, ...more, ...plugin }))
  const token = await generateJoinToken(running(session.resources, 'spireServer'), nodeAlias)
  if (!token.ok) throw new Error(JSON.stringify(token.error))
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token.value, { mode: 0o600 })
  const configuration = JSON.parse(readFileSync(own.configuration, 'utf8'))
  configuration.agent.data_dir = join(folder, 'data')
  configuration.agent.socket_path = socket
  configuration.agent.admin_socket_path = join(runtime, 'admin', 'api.sock')
  configuration.agent.join_token_file = tokenFile
  const attestors = configuration.plugins.WorkloadAttestor
  attestors.sigstore.plugin_data_file = configFile
  const engine = `unix://${running(session.resources, 'engine').socket}`
  attestors.docker = { plugin_data: { docker_socket_path: engine, podman_socket_path: engine } }
  const agentConf = join(folder, 'agent.conf')
  writeFileSync(agentConf, JSON.stringify(configuration))

  const entries = watchEntries()
  const lines: Record<string, unknown>[] = []
  const unreadable: string[] = []
  const service = await startService({
    id: `spire-agent-${name}`,
    // A shell leads the group: so only the plugin itself ends the plugin of a killed agent.
    program: '/bin/sh',
    args: ['-c', '"$@" & wait; while :; do sleep 3600; done', 'sh', tools['spire-agent'], 'run', '-config', agentConf],
    cwd: folder,
    env: { PATH: `${dirname(programs.node)}:${process.env['PATH'] ?? ''}` },
    logFile: join(places.logs, `spire-agent-${name}.log`),
    redactor,
    pidFolder: places.pids,
    readyTimeoutMs: 30_000,
    probe: (signal) => healthy(tools['spire-agent'], socket, signal),
    onLine: ({ text }) => {
      entries.take(text)
      const line = parseLogLine(text)
      if (line === undefined) unreadable.push(text)
      else lines.push(line)
    },
  })
  if (!service.ok) throw new Error(JSON.stringify(service.error))
  services.add(`agent ${name}`, service.value)
  const isAnswer = (line: Record<string, unknown>): boolean => String(line['msg']).startsWith('PID attested')
  const about = async (pid: number): Promise<readonly Record<string, unknown>[]> => {
    const look = (): readonly Record<string, unknown>[] => {
      const own = lines.filter((line) => String(line['pid']) === String(pid))
      if (!own.some(isAnswer)) throw new Error(`the agent has not logged what it attested for ${pid}`)
      return own
    }
    return vi.waitFor(look, { timeout: 10_000, interval: 50 })
  }
  const attested = async (pid: number): Promise<readonly string[]> => {
    const line = (await about(pid)).findLast(isAnswer)
    return selectorsIn(line?.['selectors'])
  }
  return {
    pid: Number(execFileSync('ps', ['--ppid', String(service.value.pid), '-o', 'pid=']).toString()),
    socketFolder,
    decisions,
    entries,
    configFile,
    attested,
    unreadable: () => unreadable,
    said: (message) => lines.some((line) => line['msg'] === message),
    builtIn: async (pid) => {
      const selectors = (await attested(pid)).filter((each) => each.startsWith('docker:'))
      const error = (await about(pid)).find((line) => String(line['error']).includes('workloadattestor(docker)'))
      return { selectors, ...(error === undefined ? {} : { error: String(error['error']) }) }
    },
  }
}

/** The agent logs a list of `{type, value}`. */
function selectorsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return value.map((each: { type: string; value: string }) => `${each.type}:${each.value}`)
}
