import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { stopAndClear } from '../process/services/group.ts'
import type { Watched } from '../process/services/health.ts'
import { servicePart } from '../process/services/part.ts'
import { type Service, startService } from '../process/services/service.ts'
import { type AttestorPlugin, agentConfiguration } from './configuration.ts'
import { type EntryWatch, watchEntries } from './entry-watch.ts'
import {
  generateJoinToken,
  healthy,
  programVersion,
  type SpireServer,
  type SpireServiceSpec,
  socketPathError,
} from './server.ts'
import { explainExit, printedLines } from './spire-log.ts'

export interface SpireAgent {
  readonly service: Service
  /** The plugin's process; the agent neither restarts it nor notices its end. */
  readonly plugin: Watched | undefined
  /** The agent's own SPIFFE ID; the join token in it is masked. */
  readonly agentId: string
  /** The name that registration entries have as their parent. */
  readonly nodeAlias: string
  readonly version: string
  /** The folder with the Workload API's socket, to be mounted into containers. Nothing else is in it. */
  readonly socketFolder: string
  /** The Workload API's socket itself. */
  readonly socket: string
  readonly configuration: string
  readonly entries: EntryWatch
  readonly stop: () => Promise<void>
}

/** A running server, and what its operator gave us to join it. */
export interface GivenServer {
  readonly trustDomain: string
  readonly address: string
  readonly port: number
  /** The trust domain's certificates, PEM. */
  readonly bundlePem: string
  /** One-time. The caller has registered it with the redactor. */
  readonly joinToken: string
}

/** The folder of an agent's socket, below the folder for sockets that it is given: the one that workloads mount. */
export const agentSocketFolder = (runtimeDir: string): string => join(runtimeDir, 'agent')

/**
 * Starts an agent that joins the server by a one-time token and authenticates it by its trust bundle, with the attestor
 * plugin loaded when one is given. The token is handed over in a 0600 file that is removed before this function
 * resolves. Ready when the agent's own health check says so; a plugin that does not load is an error with the plugin's
 * message.
 */
export async function startSpireAgent(
  spec: SpireServiceSpec & {
    readonly server: SpireServer | GivenServer
    /** spiffe://TRUST-DOMAIN/PATH; for an existing server: the one that its operator made the token for. */
    readonly nodeAlias: string
    readonly plugin?: Omit<AttestorPlugin, 'checksum'>
    /** SPIRE's own attestors besides `unix`, each with its data. */
    readonly builtIn?: Readonly<Record<string, object>>
    /** Added to the environment that the agent passes on to the plugin. */
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<Result<SpireAgent>> {
  const files = {
    socket: join(agentSocketFolder(spec.runtimeDir), 'api.sock'),
    // Never below the folder that containers see; the agent refuses that too.
    adminSocket: join(spec.runtimeDir, 'agent-admin', 'api.sock'),
    configuration: join(spec.folder, 'agent.conf'),
    trustBundleFile: join(spec.folder, 'bootstrap-bundle.pem'),
    joinTokenFile: join(spec.folder, 'join-token'),
  }
  const long = socketPathError(files.adminSocket)
  if (long !== undefined) return err(long)
  const plugin = await withChecksum(spec.plugin)
  if (!plugin.ok) return plugin
  await rm(spec.folder, { recursive: true, force: true })
  await mkdir(spec.folder, { recursive: true, mode: 0o700 })
  await mkdir(dirname(files.adminSocket), { recursive: true, mode: 0o700 })
  await mkdir(agentSocketFolder(spec.runtimeDir), { recursive: true })
  // The workload is not root, and this folder is all that it sees. Set with chmod: a umask removes bits from mkdir's
  // mode.
  await chmod(agentSocketFolder(spec.runtimeDir), 0o755)
  // A killed agent has left its sockets.
  const cleared = (): Promise<void> => removeAll(spec.folder, dirname(files.socket), dirname(files.adminSocket))
  const token = await joinTokenFor(spec)
  if (!token.ok) {
    await cleared()
    return token
  }
  const { trustDomain, port: serverPort } = spec.server
  const { configuration, ...paths } = files
  const text = agentConfiguration({
    ...paths,
    trustDomain,
    serverAddress: 'address' in spec.server ? spec.server.address : '127.0.0.1',
    serverPort,
    dataFolder: spec.folder,
    plugin: plugin.value,
    ...(spec.builtIn ? { builtIn: spec.builtIn } : {}),
  })
  await writeFile(configuration, text, { mode: 0o600 })
  await writeFile(files.trustBundleFile, spec.server.bundlePem, { mode: 0o600 })
  await writeFile(files.joinTokenFile, token.value, { mode: 0o600 })
  const entries = watchEntries()
  const printed = printedLines()
  const service = await startService({
    id: 'spire-agent',
    program: spec.program,
    args: ['run', '-config', configuration],
    cwd: spec.folder,
    logFile: spec.logFile,
    redactor: spec.redactor,
    pidFolder: spec.pidFolder,
    readyTimeoutMs: 30_000,
    probe: (signal) => healthy(spec.program, files.socket, signal),
    onLine: (_, unmasked) => [printed, entries].map(({ take }) => take(unmasked)),
    ...(spec.env ? { env: spec.env } : {}),
    ...(spec.signal ? { signal: spec.signal } : {}),
  })
  await rm(files.joinTokenFile, { force: true })
  if (!service.ok) {
    await cleared()
    return err(explainExit(service.error, 'The SPIRE agent did not start.', { printed, redactor: spec.redactor }))
  }
  return ok({
    service: service.value,
    agentId: spec.redactor.cleanName(`spiffe://${trustDomain}/spire/agent/join_token/${token.value}`),
    plugin: await pluginProcess(service.value, plugin.value),
    nodeAlias: spec.nodeAlias,
    version: await programVersion(spec.program),
    socketFolder: agentSocketFolder(spec.runtimeDir),
    socket: files.socket,
    configuration,
    entries,
    stop: () => stopAndClear(service.value, cleared),
  })
}

async function removeAll(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}

async function pluginProcess(agent: Service, plugin: AttestorPlugin | undefined): Promise<Watched | undefined> {
  if (plugin === undefined) return undefined
  return servicePart(agent, { id: 'attestor-plugin', is: (command) => command.includes(plugin.command) })
}

/** From its operator, or created by our own server. */
const joinTokenFor = async ({
  server,
  nodeAlias,
  signal,
}: {
  readonly server: SpireServer | GivenServer
  readonly nodeAlias: string
  readonly signal?: AbortSignal
}): Promise<Result<string>> =>
  'joinToken' in server ? ok(server.joinToken) : generateJoinToken(server, nodeAlias, signal)

async function withChecksum(
  plugin: Omit<AttestorPlugin, 'checksum'> | undefined,
): Promise<Result<AttestorPlugin | undefined>> {
  if (plugin === undefined) return ok(undefined)
  try {
    const bytes = await readFile(plugin.command)
    return ok({ ...plugin, checksum: createHash('sha256').update(bytes).digest('hex') })
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    const remedy = 'Build it: `npm run build`.'
    return err(
      appError('spire.plugin-missing', 'The attestor plugin cannot be read.', remedy, {
        expected: plugin.command,
        found,
      }),
    )
  }
}
