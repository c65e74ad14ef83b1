import { status } from '@grpc/grpc-js'
import pLimit from 'p-limit'
import type { AppError } from '../../domain/app-error.ts'
import { errorSentence } from '../../domain/app-error.ts'
import { unusableEntries } from '../../sigstore/trust/trust-material.ts'
import { trustRootOf } from '../../sigstore/trust/trust-root.ts'
import { type Attestation, attest } from '../attest.ts'
import { readConfiguration, runtimeMissing } from '../config/load.ts'
import type { AttestorConfig } from '../config/schema.ts'
import { attestTools, closeKept, type Kept, newKept } from '../dependencies.ts'
import { firstStop } from '../gates/gate-log.ts'
import { writeDecision } from '../records/records.ts'
import { log } from './go-plugin/hclog.ts'
import { type HealthEndpoint, serveHealth } from './health/endpoint.ts'
import { reportHealth } from './health/report.ts'

/** The error of a call: a gRPC status and a text for the agent's log. */
export class CallError extends Error {
  readonly code: status
  constructor(code: status, message: string) {
    super(message)
    this.code = code
  }
}

const maxCosignProcesses = 4

/** The attestor between the gRPC services and the gates: holds the configuration and the cache. */
export class AttestorPlugin {
  readonly #folder: string
  readonly #limit = pLimit(maxCosignProcesses)
  readonly #ending = new AbortController()
  #current: { readonly config: AttestorConfig; readonly kept: Kept } | undefined
  #health: HealthEndpoint | undefined

  /** The folder is private; bundles lie in it while cosign reads them. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes a configuration. If it is rejected, the previous one stays, and the log says so. */
  async configure(text: string): Promise<void> {
    const config = await readConfiguration(text)
    if (!config.ok) return this.#refuse(config.error)
    const trust = await trustRootOf(config.value, log)
    if (!trust.ok) return this.#refuse(trust.error)
    const again = this.#current !== undefined
    const missing = runtimeMissing(config.value)
    if (missing !== undefined && again) {
      trust.value.close()
      return this.#refuse(missing)
    }
    const root = await trust.value.begin()
    if (!root.ok && again) {
      trust.value.close()
      return this.#refuse(root.error)
    }
    // At the start there is no previous one: an agent that does not start would stop its other attestors too.
    if (!root.ok) log('warn', 'No signature can be checked yet: no trusted root', { why: errorSentence(root.error) })
    const unusable = root.ok ? unusableEntries(root.value) : []
    if (unusable.length > 0) log('warn', 'Entries of the trusted root are not used', { entries: unusable.join('; ') })
    if (config.value.notice !== undefined) log('warn', config.value.notice)
    if (missing !== undefined)
      log('warn', 'No container can be attested yet: no container runtime', { why: errorSentence(missing) })
    if (this.#current !== undefined) closeKept(this.#current.kept)
    const kept = newKept(config.value, trust.value)
    this.#current = { config: config.value, kept }
    await this.#serveHealth(config.value, kept)
    const registries = config.value.registries.map((each) => each.host).join(', ')
    log('info', again ? 'Configured again' : 'Configured', { registries })
  }

  /** A client finds the new endpoint before the old one is gone. Attesting does not depend on it. */
  async #serveHealth({ records }: AttestorConfig, { runtimes, trust }: Kept): Promise<void> {
    const before = this.#health
    this.#health = undefined
    try {
      const served = await serveHealth(records, () => reportHealth(runtimes, trust))
      if (served.ok) this.#health = served.value
      else log('warn', 'The command health will not find this plugin', { why: errorSentence(served.error) })
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown'
      log('warn', 'The command health will not find this plugin', { why })
    }
    before?.close()
  }

  #refuse(error: AppError): never {
    const kept = this.#current === undefined ? '' : ' The configuration before stays in force.'
    const message = `${errorSentence(error)}${kept}`
    if (kept !== '') log('warn', 'A new configuration is not accepted; the one before stays in force', { why: message })
    throw new CallError(status.INVALID_ARGUMENT, message)
  }

  /** What is wrong with a configuration; nothing when it would be accepted. */
  async validate(text: string): Promise<readonly string[]> {
    const config = await readConfiguration(text)
    return config.ok ? [] : [errorSentence(config.error)]
  }

  /** The selector values for a process. An empty list is a definite "nothing". */
  async attest(pid: number): Promise<readonly string[]> {
    const current = this.#current
    if (current === undefined) throw new CallError(status.FAILED_PRECONDITION, 'The plugin is not configured.')
    const own = { folder: this.#folder, limit: this.#limit, ending: this.#ending.signal, kept: current.kept }
    const tools = attestTools(current.config, own)
    if (!tools.ok) throw new CallError(status.FAILED_PRECONDITION, errorSentence(tools.error))
    const attestation = await attest(pid, tools.value)
    this.#record(current.config, attestation, pid)
    switch (attestation.answer) {
      case 'selectors':
        return attestation.selectors
      case 'none':
        return []
      case 'error':
        throw new CallError(status.UNAVAILABLE, attestation.reason)
    }
  }

  /** Cancels what is running. */
  close(): void {
    this.#ending.abort()
    this.#health?.close()
    if (this.#current !== undefined) closeKept(this.#current.kept)
  }

  #record(config: AttestorConfig, { record, answer }: Attestation, pid: number): void {
    if (record === undefined) {
      // Logged for every process outside of containers that calls the agent, so at level debug only.
      if (answer === 'none')
        log('debug', 'No selectors: the cgroups of the process name no container', { pid: String(pid) })
      return
    }
    // A recovery is visible in the decision records; logging it would cost the agent work each time.
    const asBefore =
      record.cached && record.gates.every(({ verdict }) => verdict === 'passed' || verdict === 'not-checked')
    if (!asBefore) {
      const gates = record.gates.map((gate) => `${gate.id} ${gate.verdict}`).join(', ')
      const of: Record<string, string> =
        record.containerId === null
          ? { claimed_container: record.claimedContainerId ?? 'unknown' }
          : { container: record.containerId }
      const stop = firstStop(record.gates)
      const why: Record<string, string> =
        stop === undefined ? {} : { denied_at: stop.id, expected: stop.expected, found: stop.found }
      // The agent's own lines about the workload name it by its pid.
      const line = { pid: String(record.pid), ...of, answer, ...why, gates, elapsed_ms: String(record.elapsedMs) }
      // The agent reads it when it has its answer, and not before.
      setImmediate(() => log('info', 'Attested', line))
    }
    try {
      writeDecision(config.records, record)
    } catch (error) {
      // The answer does not depend on whether the progress can be written.
      log('error', 'The decision could not be written', { error: error instanceof Error ? error.message : 'unknown' })
    }
  }
}
