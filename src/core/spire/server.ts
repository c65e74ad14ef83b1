import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { freePort } from '../machine/ports.ts'
import { runCommand } from '../process/command.ts'
import type { Redactor } from '../process/redactor.ts'
import { stopAndClear } from '../process/services/group.ts'
import { diedError } from '../process/services/health.ts'
import { type Service, startService } from '../process/services/service.ts'
import { serverConfiguration } from './configuration.ts'
import { askServer, runServer, type ServerCli } from './server-cli.ts'
import { explainExit, printedLines } from './spire-log.ts'

/** Where a SPIRE service runs and what it writes. */
export interface SpireServiceSpec {
  /** Absolute path of the program. */
  readonly program: string
  /** Data of this session; emptied at the start, removed by stop(). */
  readonly folder: string
  /** For the sockets: short, because a socket path holds 107 characters. */
  readonly runtimeDir: string
  readonly logFile: string
  readonly pidFolder: string
  readonly redactor: Redactor
  readonly signal?: AbortSignal
}

export interface SpireServer {
  readonly service: Service
  readonly cli: ServerCli
  readonly trustDomain: string
  readonly version: string
  readonly port: number
  /** The trust domain's certificates, PEM. */
  readonly bundlePem: string
  /** The configuration file that it was started with. */
  readonly configuration: string
  readonly stop: () => Promise<void>
}

/** Starts a server with new keys and no data, on a free loopback port. Ready when its own health check says so. */
export async function startSpireServer(
  spec: SpireServiceSpec & { readonly trustDomain: string },
): Promise<Result<SpireServer>> {
  const socket = join(spec.runtimeDir, 'server', 'api.sock')
  const long = socketPathError(socket)
  if (long !== undefined) return err(long)
  await rm(spec.folder, { recursive: true, force: true })
  await mkdir(spec.folder, { recursive: true, mode: 0o700 })
  await mkdir(join(spec.runtimeDir, 'server'), { recursive: true, mode: 0o700 })
  const cleared = async (): Promise<void> => {
    // A killed server has left its socket.
    for (const folder of [spec.folder, join(spec.runtimeDir, 'server')])
      await rm(folder, { recursive: true, force: true })
  }
  const cli: ServerCli = { program: spec.program, socket, redactor: spec.redactor }
  const port = await freePort()
  const configuration = join(spec.folder, 'server.conf')
  const text = serverConfiguration({ trustDomain: spec.trustDomain, port, socket, dataFolder: spec.folder })
  await writeFile(configuration, text, { mode: 0o600 })
  const printed = printedLines()
  const service = await startService({
    id: 'spire-server',
    program: spec.program,
    args: ['run', '-config', configuration],
    cwd: spec.folder,
    logFile: spec.logFile,
    redactor: spec.redactor,
    pidFolder: spec.pidFolder,
    readyTimeoutMs: 30_000,
    probe: (signal) => healthy(spec.program, socket, signal),
    onLine: (_, unmasked) => printed.take(unmasked),
    ...(spec.signal ? { signal: spec.signal } : {}),
  })
  if (!service.ok) {
    await cleared()
    return err(explainExit(service.error, 'The SPIRE server did not start.', { printed, redactor: spec.redactor }))
  }
  const stop = (): Promise<void> => stopAndClear(service.value, cleared)
  const what = 'The SPIRE server was asked for its trust bundle.'
  const bundle = await runServer(cli, ['bundle', 'show'], { what, signal: spec.signal })
  const version = await programVersion(spec.program)
  if (!bundle.ok) {
    await stop()
    // If the server had ended by itself, that is the reason, not the request.
    const exit = await service.value.exited
    return exit.expected ? bundle : err(diedError(service.value, exit))
  }
  const bundlePem = bundle.value.value
  return ok({
    service: service.value,
    cli,
    trustDomain: spec.trustDomain,
    version,
    port,
    bundlePem,
    configuration,
    stop,
  })
}

/**
 * A one-time token by which one agent may join, valid for ten minutes. It is registered with the redactor before
 * anything else happens to it, so that no log contains it. The agent gets the name `nodeAlias` besides its own.
 */
export async function generateJoinToken(
  server: SpireServer,
  nodeAlias: string,
  signal?: AbortSignal,
): Promise<Result<string>> {
  // Without a log file: the command prints the token.
  const schema = z.object({ value: z.string().min(6) })
  const what = 'The SPIRE server was asked for a join token.'
  const answer = await askServer(server.cli, ['token', 'generate', '-spiffeID', nodeAlias], schema, { what, signal })
  if (!answer.ok) return answer
  server.cli.redactor.add(answer.value.value.value)
  return ok(answer.value.value.value)
}

/** SPIRE's own health check: true, or its message. It is a process each time, so it only starts once there is a socket. */
export async function healthy(program: string, socket: string, signal: AbortSignal): Promise<boolean | string> {
  if (!existsSync(socket)) return 'its socket is not there'
  const args = ['healthcheck', '-socketPath', socket]
  const outcome = await runCommand({ program, args, timeoutMs: 2_000, signal })
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return true
  return outcome.stderr.trim() || outcome.stdout.trim() || false
}

/** The version that the program itself reports. */
export async function programVersion(program: string): Promise<string> {
  const outcome = await runCommand({ program, args: ['-version'], timeoutMs: 5_000 })
  return (outcome.stdout.trim() || outcome.stderr.trim()).split('\n')[0] ?? ''
}

/** sun_path holds 108 bytes with the final zero (unix(7)); SPIRE's own message about it is hard to understand. */
export function socketPathError(path: string) {
  if (Buffer.byteLength(path) <= 107) return undefined
  const remedy = 'Set XDG_RUNTIME_DIR to a short path, for example /tmp/run.'
  return appError('spire.socket-path', 'The path of a socket is too long.', remedy, {
    expected: 'at most 107 bytes',
    found: `${Buffer.byteLength(path)} bytes: ${path}`,
  })
}
