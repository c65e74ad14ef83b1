import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppError, ErrorCode } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { freePort, portTaken } from '../machine/ports.ts'
import { firstSignal } from '../process/first-signal.ts'
import type { Redactor } from '../process/redactor.ts'
import { attempt } from '../process/services/group.ts'
import { diedError } from '../process/services/health.ts'
import { type Service, type ServiceExit, startService } from '../process/services/service.ts'
import type { LoginEvent } from '../sigstore/cosign/cosign-sign.ts'
import { ensureIdentity, type SandboxIdentity } from './identity.ts'
import { parseLoginLine } from './issuer/login-line.ts'
import { issuerUrl } from './issuer-state.ts'
import {
  type SandboxPorts,
  type SandboxPrograms,
  type SandboxServiceId,
  type SessionFiles,
  serviceSpecs,
  timestampMetricsPort,
} from './service-specs.ts'
import { writeSessionConfig } from './session-config.ts'

/** A service of the sandbox changed its state. */
export interface ServiceChange {
  readonly id: SandboxServiceId
  readonly state: 'starting' | 'ready' | 'stopped'
  readonly port: number
  readonly pid?: number
  /** From start to ready. */
  readonly tookMs?: number
  /** How it ended; `expected` is false when it ended by itself. */
  readonly exit?: ServiceExit
}

export interface SandboxOptions {
  /** The sandbox's own folder in the state folder: keys, logs, registry data. Created if it is missing. */
  readonly folder: string
  /** Short: it holds a socket. A folder `sandbox` is made in it. */
  readonly runtimeDir: string
  readonly logDir: string
  readonly pidFolder: string
  readonly programs: SandboxPrograms
  /** A system Node, which runs the issuer. */
  readonly node: string
  /** Our bundled issuer program. */
  readonly issuerEntry: string
  /** 2112, which the real timestamp authority fixes; a stand-in for it may use another. */
  readonly timestampMetricsPort?: number
  readonly redactor?: Redactor
  readonly signal?: AbortSignal
  readonly onService?: (change: ServiceChange) => void
}

/** Where everything is in this session. Paths are of this machine. */
export interface SandboxEndpoints {
  /** host[:port], as image references begin. */
  readonly registry: string
  readonly issuer: string
  /** Fulcio trusts it as well. */
  readonly secondIssuer: string
  readonly fulcio: string
  readonly rekor: string
  /** With its path, as the signing config names it. */
  readonly timestampAuthority: string
  readonly ctLog: string
  readonly trustedRoot: string
  readonly signingConfig: string
  /** With the login at the second issuer. */
  readonly secondSigningConfig: string
  /** Folders of tiles. */
  readonly rekorTiles: string
  readonly ctTiles: string
}

export interface Sandbox {
  readonly endpoints: SandboxEndpoints
  readonly services: readonly Service[]
  /** What listens on all interfaces, because its program has no flag for it: read-only Prometheus metrics. */
  readonly exposed: readonly { readonly id: SandboxServiceId; readonly port: number }[]
  /** Calls back for each event of a login at the issuer; returns how to end that. */
  readonly onLogin: (listener: (event: LoginEvent) => void) => () => void
  /** Ends all services; resolves when they and the session's own files are gone. */
  readonly stop: () => Promise<void>
}

const readyTimeoutMs = 30_000
const issuerIds: readonly SandboxServiceId[] = ['issuer', 'second-issuer']

/**
 * Starts the private Sigstore of this machine, all services side by side, and resolves when each reports that it is
 * ready. Keys, logs and registry data are those of earlier sessions. When one service fails, the others are stopped and
 * its error is returned. Ending what a killed session left is the caller's duty, before this.
 */
export async function startSandbox(options: SandboxOptions): Promise<Result<Sandbox>> {
  const made = await ensureIdentity(options.folder)
  if (!made.ok) return made
  const identity = made.value
  const metricsPort = options.timestampMetricsPort ?? timestampMetricsPort
  const taken = await firstTaken(identity, metricsPort)
  if (taken !== undefined) return err(taken)
  const ports = await sessionPorts(metricsPort)
  const { redactor } = options
  const session = await writeSessionConfig({
    identity,
    ports,
    runtimeDir: join(options.runtimeDir, 'sandbox'),
    redactor,
  })
  const listeners = new Set<(event: LoginEvent) => void>()
  const specs = serviceSpecs({ ...options, identity, ports, session })
  const failed = new AbortController()
  let failure: AppError | undefined
  const start = async (spec: (typeof specs)[number]): Promise<Service | undefined> => {
    options.onService?.({ id: spec.id, state: 'starting', port: spec.port })
    const cwd = join(session.folder, spec.id)
    await mkdir(cwd, { recursive: true, mode: 0o700 })
    const result = await startService({
      ...spec,
      cwd,
      // Some read settings from their home and working folder; these are empty.
      env: { ...spec.env, HOME: cwd },
      logFile: join(options.logDir, `${spec.id}.log`),
      pidFolder: options.pidFolder,
      readyTimeoutMs,
      signal: firstSignal(options.signal, failed.signal),
      ...(redactor === undefined ? {} : { redactor }),
      ...(issuerIds.includes(spec.id) ? { onLine: (_, printed) => reportLogin(printed, listeners) } : {}),
    })
    if (!result.ok) {
      failure ??= await explain(result.error, spec, metricsPort)
      failed.abort()
      return undefined
    }
    const { pid, tookMs, exited } = result.value
    options.onService?.({ id: spec.id, state: 'ready', port: spec.port, pid, tookMs })
    void exited.then((exit) => {
      options.onService?.({ id: spec.id, state: 'stopped', port: spec.port, pid, exit })
      if (exit.expected) return
      // While others still start, nothing else watches it.
      failure ??= diedError(result.value, exit)
      failed.abort()
    })
    return result.value
  }
  const started = new Map<SandboxServiceId, Promise<Service | undefined>>()
  for (const spec of specs) {
    // Fulcio reads the issuers' discovery documents when it starts, and logs an error for each that is not available
    // yet.
    const first = Promise.all(spec.id === 'fulcio' ? issuerIds.map(async (id) => started.get(id)) : [])
    started.set(
      spec.id,
      first.then((issuers) => (issuers.includes(undefined) ? undefined : start(spec))),
    )
  }
  const services = (await Promise.all(started.values())).filter((service) => service !== undefined)
  // They do not depend on each other's end, so all may end at once.
  const stop = async (): Promise<void> => {
    const failures = await Promise.all(services.map((service) => attempt(service.id, () => service.stop())))
    // The configuration of this session, and Fulcio's socket, which it does not remove itself.
    failures.push(await attempt(session.folder, () => rm(session.folder, { recursive: true, force: true })))
    const messages = failures.filter((failure) => failure !== undefined)
    if (messages.length > 0) throw new Error(messages.join('; '))
  }
  if (failure !== undefined) {
    await stop()
    return err(failure)
  }
  const onLogin = (listener: (event: LoginEvent) => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return ok({
    endpoints: endpoints(identity, ports, session),
    services,
    exposed: exposed(ports),
    onLogin,
    stop,
  })
}

/** The first of the fixed ports that is not free. */
async function firstTaken(identity: SandboxIdentity, metricsPort: number): Promise<AppError | undefined> {
  const { ports } = identity
  return (
    (await portTaken(ports.issuer, "the sandbox's issuer")) ??
    (await portTaken(ports.secondIssuer, "the sandbox's second issuer")) ??
    (await portTaken(ports.registry, "the sandbox's registry")) ??
    (await portTaken(metricsPort, "the timestamp authority's metrics", true))
  )
}

const sessionPorts = async (timestampMetrics: number): Promise<SandboxPorts> => ({
  timestampMetrics,
  ctLog: await freePort(),
  rekor: await freePort(),
  rekorGrpc: await freePort(),
  rekorMetrics: await freePort(),
  timestamp: await freePort(),
  fulcio: await freePort(),
  fulcioGrpc: await freePort(),
  fulcioMetrics: await freePort(),
})

/** A port may be lost between choosing it and listening on it: then the error names its holder. */
async function explain(
  error: AppError,
  { id, ports }: { readonly id: SandboxServiceId; readonly ports: readonly number[] },
  metricsPort: number,
): Promise<AppError> {
  const lines = error.evidence?.lastLines?.join('\n') ?? ''
  if (/address already in use|EADDRINUSE/.test(lines)) {
    for (const port of ports) {
      const taken = await portTaken(port, `the sandbox's ${id}`, port === metricsPort)
      if (taken !== undefined) return taken
    }
  }
  const code: ErrorCode = error.code === 'run.cancelled' ? error.code : `sandbox.${error.code.slice('run.'.length)}`
  return { ...error, code }
}

function reportLogin(text: string, listeners: ReadonlySet<(event: LoginEvent) => void>): void {
  const line = parseLoginLine(text)
  if (line === undefined) return
  for (const listener of listeners) listener(line)
}

const endpoints = (identity: SandboxIdentity, ports: SandboxPorts, session: SessionFiles): SandboxEndpoints => ({
  registry: `localhost:${identity.ports.registry}`,
  issuer: issuerUrl(identity.ports.issuer),
  secondIssuer: issuerUrl(identity.ports.secondIssuer),
  fulcio: `http://127.0.0.1:${ports.fulcio}`,
  rekor: `http://127.0.0.1:${ports.rekor}`,
  timestampAuthority: `http://127.0.0.1:${ports.timestamp}/api/v1/timestamp`,
  ctLog: `http://127.0.0.1:${ports.ctLog}`,
  trustedRoot: identity.files.trustedRoot,
  signingConfig: session.signingConfig,
  secondSigningConfig: session.secondSigningConfig,
  rekorTiles: identity.files.rekorTiles,
  ctTiles: identity.files.ctTiles,
})

const exposed = (ports: SandboxPorts): Sandbox['exposed'] => [
  { id: 'timestamp-authority', port: ports.timestampMetrics },
  { id: 'fulcio', port: ports.fulcioMetrics },
]
