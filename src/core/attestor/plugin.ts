import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import pLimit from 'p-limit'
import type { AppError } from '../domain/app-error.ts'
import { type Attestation, type AttestTools, attest } from './attest.ts'
import type { AttestorConfig } from './config.ts'
import { isRootless, readConfiguration } from './configured.ts'
import { FlightCache } from './flight-cache.ts'
import { log } from './go-plugin/hclog.ts'
import { writeDecision } from './records.ts'
import type { VerifiedImage } from './verify-image.ts'

/** What a call answers when it fails: a gRPC status and a text for the agent's log. */
export class CallError extends Error {
  readonly code: status
  constructor(code: status, message: string) {
    super(message)
    this.code = code
  }
}

const maxCosignProcesses = 4
const maxRemembered = 256

/** The attestor between the gRPC services and the gates: holds the configuration and the cache. */
export class AttestorPlugin {
  readonly #workFolder: string
  readonly #limit = pLimit(maxCosignProcesses)
  readonly #ending = new AbortController()
  #tools: Omit<AttestTools, 'rootless'> | undefined

  /** The folder is private; bundles lie in it while cosign reads them. */
  constructor(workFolder: string) {
    this.#workFolder = workFolder
  }

  /** Takes a configuration. When it is not accepted, the one before stays. */
  async configure(text: string): Promise<void> {
    const config = await readConfiguration(text)
    if (!config.ok) throw new CallError(status.INVALID_ARGUMENT, sentence(config.error))
    this.#tools = this.#toolsFor(config.value)
    log('info', 'Configured', { registries: config.value.registries.map((each) => each.host).join(', ') })
  }

  /** What is wrong with a configuration; nothing when it would be accepted. */
  async validate(text: string): Promise<readonly string[]> {
    const config = await readConfiguration(text)
    return config.ok ? [] : [sentence(config.error)]
  }

  /** The selector values for a process. None means that there is certainly nothing to say. */
  async attest(pid: number): Promise<readonly string[]> {
    const tools = this.#tools
    if (tools === undefined) throw new CallError(status.FAILED_PRECONDITION, 'The plugin is not configured.')
    const rootless = await isRootless(tools.config.engineSocket)
    if (rootless && tools.config.rootless === 'refuse') {
      throw new CallError(
        status.FAILED_PRECONDITION,
        `The engine at ${tools.config.engineSocket} is rootless: its user can answer anything. Set "rootless" to "allow" to get selectors with a prefix of their own.`,
      )
    }
    const attestation = await attest(pid, { ...tools, rootless })
    await this.#record(tools.config, attestation)
    switch (attestation.answer) {
      case 'selectors':
        return attestation.selectors
      case 'none':
        return []
      case 'error':
        throw new CallError(status.UNAVAILABLE, attestation.reason)
    }
  }

  /** Ends what is running. */
  close(): void {
    this.#ending.abort()
  }

  #toolsFor(config: AttestorConfig): Omit<AttestTools, 'rootless'> {
    const home = join(this.#workFolder, 'home')
    mkdirSync(home, { recursive: true, mode: 0o700 })
    return {
      config,
      workFolder: this.#workFolder,
      home,
      limit: this.#limit,
      // A new one each time: another configuration is another policy.
      cache: new FlightCache<VerifiedImage>({ ttlMs: config.cacheSeconds * 1000, maxEntries: maxRemembered }),
      ending: this.#ending.signal,
    }
  }

  async #record(config: AttestorConfig, { record, answer }: Attestation): Promise<void> {
    if (record === undefined) return
    const gates = record.gates.map((gate) => `${gate.id} ${gate.verdict}`).join(', ')
    log('info', 'Attested', { container: record.containerId, answer, gates, elapsed_ms: String(record.elapsedMs) })
    try {
      await writeDecision(config.records, record)
    } catch (error) {
      // The answer does not depend on whether it can be shown.
      log('error', 'The decision could not be written', { error: error instanceof Error ? error.message : 'unknown' })
    }
  }
}

const sentence = (error: AppError): string =>
  `${error.what} Expected ${error.expected ?? 'something else'}; found ${error.found ?? 'nothing'}. ${error.remedy}`
