import type { InspectedImage } from '../containers/inspect/inspect.ts'
import type { DecisionRecord, GateRecord } from '../domain/gate.ts'
import type { Digest } from '../domain/oci/digest.ts'
import type { Result } from '../domain/result.ts'
import type { FlightCache } from './cache/flight-cache.ts'
import { candidatesOf } from './gates/candidates.ts'
import { changedSince, containerGate, severalContainers } from './gates/container.ts'
import { untilThen, within } from './gates/deadline.ts'
import { firstStop, GateLog, type GateSays } from './gates/gate-log.ts'
import { imageGate, imageKey } from './gates/image.ts'
import { launchGate } from './gates/launch/gate.ts'
import { selectorsOf } from './gates/selectors.ts'
import { type ImageTools, type VerifiedImage, verifyImage } from './gates/verify-image.ts'
import { type ContainerOfProcess, containerOf } from './processes/cgroup.ts'
import { type ProcessFacts, readProcessFacts } from './processes/process-facts.ts'
import { Progress } from './records/progress.ts'
import type { KnownRuntime, OwnedContainer } from './runtimes/owner.ts'
import type { RunningContainer } from './runtimes/runtime.ts'

/** The plugin's answer about a process. */
export type Attestation =
  | { readonly answer: 'selectors'; readonly selectors: readonly string[]; readonly record: DecisionRecord }
  /** A definite "no selectors"; the record exists if the process is in a container. */
  | { readonly answer: 'none'; readonly record?: DecisionRecord }
  /** Undetermined (a dependency failed or timed out). The RPC fails; no selectors are returned. */
  | { readonly answer: 'error'; readonly reason: string; readonly record?: DecisionRecord }

/** What an attestation needs. */
export interface AttestTools extends ImageTools {
  readonly runtimes: readonly KnownRuntime[]
  /** Cached image descriptions. An id fixes the content; only the other names can change. */
  readonly images: FlightCache<Result<InspectedImage>>
}

/**
 * Attests a process: gates 1 to 6 in order, each fact taken from where the workload cannot forge it. Ends within the
 * configured deadline. Never rejects, whatever the process, the engine or the registry does.
 */
export async function attest(pid: number, tools: AttestTools): Promise<Attestation> {
  const { config } = tools
  const facts = readProcessFacts(config.procFolder, pid)
  if (facts === undefined) return { answer: 'error', reason: `there is no process ${pid}` }
  const found = containerOf(facts.cgroups)
  if (found.kind === 'none') return { answer: 'none' }
  const id = found.kind === 'several' ? found.ids[0] : found.id
  const progress = config.progress ? new Progress(config.records, id) : undefined
  const attempt = new Attempt(pid, facts, tools, progress)
  const attestation = found.kind === 'several' ? attempt.severalContainers(found.ids) : await attempt.run(found)
  progress?.end()
  return attestation
}

/** One attestation of a process in a container, with what is known so far. */
class Attempt {
  readonly #pid: number
  readonly #facts: ProcessFacts
  readonly #tools: AttestTools
  readonly #started = performance.now()
  readonly #at = new Date().toISOString()
  readonly #progress: Progress | undefined
  readonly #log: GateLog
  #owned: (OwnedContainer & { readonly rootless: boolean }) | undefined
  #verified: VerifiedImage | undefined
  #skipped: readonly string[] = []
  #cached = false
  #skips: string | undefined

  constructor(pid: number, facts: ProcessFacts, tools: AttestTools, progress: Progress | undefined) {
    this.#pid = pid
    this.#facts = facts
    this.#tools = tools
    this.#progress = progress
    // Its file has the container's name: nothing is written under a name that a process only claims.
    this.#log = new GateLog((gates) => isProved(gates) && progress?.update(gates))
  }

  severalContainers(ids: readonly [string, string, ...string[]]): Attestation {
    this.#log.close('container', severalContainers(ids))
    return this.#answer(ids[0])
  }

  run(found: ContainerOfProcess & { kind: 'one' }): Promise<Attestation> {
    return within(this.#tools.config.deadlineMs, (signal) => this.#run(found, signal))
  }

  async #run(found: ContainerOfProcess & { kind: 'one' }, signal: AbortSignal): Promise<Attestation> {
    const { config } = this.#tools
    const launchSignal = untilThen(config.deadlineMs)
    const { says, owned, initStartTime } = await containerGate({
      procRoot: config.procFolder,
      runtimes: this.#tools.runtimes,
      id: found.id,
      around: found.around,
      process: { pid: this.#pid, facts: this.#facts },
      lines: found.lines,
      signal,
    })
    this.#log.close('container', says)
    this.#owned = owned
    if (owned === undefined || initStartTime === undefined) return this.#answer(found.id)
    const { container, runtime } = owned
    const { says: ofImage, image } = await imageGate(container, { runtime, images: this.#tools.images, signal })
    this.#log.close('image', ofImage)
    this.#skips = image === undefined ? undefined : skippedImage(image, config.skippedImages)
    if (image !== undefined && this.#skips === undefined) {
      const launch = () => this.#launchGate(owned, image, launchSignal)
      // A pod's takes no queries, only the plugin's time, which an image without a signature is not given.
      const launched = config.launch.check && container.engine !== 'cri' ? launch() : undefined
      await this.#verify(image, container.manifest, signal)
      // The remedy may be to tag the image again: the next attestation has to see that.
      if (!this.#verified?.signatures.length) {
        this.#tools.images.forget(imageKey(runtime, container.imageId))
      }
      if (firstStop(this.#log.records) === undefined && config.launch.check) {
        this.#log.close('launch', await (launched ?? launch()))
      }
    }
    const own = { name: 'the process', pid: this.#pid, startTime: this.#facts.startTime }
    const init = { name: 'the container\u2019s first process', pid: container.initPid, startTime: initStartTime }
    const changed = changedSince(config.procFolder, own.pid === init.pid ? [own] : [own, init])
    if (changed !== undefined) {
      this.#log.revise('container', {
        verdict: 'could-not-check',
        expected: 'the processes stay the same until the end of the attestation',
        found: changed,
        remedy: 'Start the workload again.',
      })
    }
    return this.#answer(found.id)
  }

  /** For Docker's API started in parallel with the gates that query the registry: it waits for the engine alone. */
  async #launchGate(
    { container, runtime }: OwnedContainer,
    image: InspectedImage,
    signal: () => AbortSignal,
  ): Promise<GateSays> {
    const { config } = this.#tools
    const { docker } = runtime
    const options = { docker, signal, procFolder: config.procFolder, mounts: config.launch.mounts }
    return launchGate({ pid: this.#pid, container, image: image.start }, options)
  }

  async #verify(image: InspectedImage, manifest: Digest | undefined, signal: AbortSignal): Promise<void> {
    const candidates = candidatesOf(image.repoDigests, this.#tools.registries)
    this.#skipped = candidates.skipped
    const { id, os, architecture } = image
    const running = { id, os, architecture, ...(manifest && { manifest }) }
    const late = new Promise<'late'>((resolve) => {
      signal.addEventListener('abort', () => resolve('late'), { once: true })
      if (signal.aborted) resolve('late')
    })
    // It ends slightly before the deadline, so that the gate itself can report what it waited for.
    const passed = performance.now() - this.#started
    const budgetMs = Math.max(1, Math.round((this.#tools.config.deadlineMs - passed) * 0.9))
    const before = [...this.#log.records]
    const verification = verifyImage(running, candidates, this.#tools, budgetMs, (gates) =>
      this.#progress?.update([...before, ...gates]),
    )
    const verified = await Promise.race([verification, late])
    if (verified === 'late') {
      this.#log.close('registry', {
        verdict: 'could-not-check',
        expected: 'registry, signature and signer are checked in time',
        found: `not within ${this.#tools.config.deadlineMs / 1000} s`,
        remedy: 'Start the workload again.',
      })
      return
    }
    this.#verified = verified.value
    this.#cached = verified.cached
    const { gates } = verified.value
    // Taken from the cache, they took no time here.
    this.#log.takeOver(verified.cached ? gates.map((gate) => ({ ...gate, elapsedMs: 0 })) : gates)
  }

  /**
   * `named` is the container that the cgroup names; the record is about it only if the process was proved to live
   * there.
   */
  #answer(named: string): Attestation {
    const container = isProved(this.#log.records) ? this.#owned?.container : undefined
    const stop = firstStop(this.#log.records)
    const { imageDigest, rejectedBundles, signatures, unchecked } = this.#verified ?? nothingVerified
    const asBuilt = this.#log.records.some(({ id, verdict }) => id === 'launch' && verdict === 'passed')
    const rootless = this.#owned?.rootless === true
    const selectors = stop === undefined ? selectorsOf(signatures, { rootless, asBuilt }) : []
    const answer = answerAt(stop, this.#skips)
    const record: DecisionRecord = {
      version: 1,
      at: this.#at,
      pid: this.#pid,
      ...(container === undefined ? claimed(named) : proved(container)),
      imageDigest: container === undefined ? null : imageDigest,
      skippedRepositories: this.#skipped,
      rejectedBundles,
      cached: this.#cached,
      gates: this.#log.complete(this.#skips),
      signatures: stop === undefined ? signatures : [],
      ...(answer === 'selectors' && unchecked.length > 0 && { uncheckedSignatures: unchecked }),
      answer,
      selectors,
      elapsedMs: Math.round(performance.now() - this.#started),
    }
    if (answer === 'error') return { answer, reason: `gate ${stop?.id}: ${stop?.found}`, record }
    return answer === 'none' ? { answer, record } : { answer, selectors, record }
  }
}

const nothingVerified = { imageDigest: null, rejectedBundles: [], signatures: [], unchecked: [] }

type RecordedContainer = Pick<DecisionRecord, 'containerId' | 'claimedContainerId' | 'containerName' | 'imageId'>

const claimed = (named: string): RecordedContainer => ({
  containerId: null,
  claimedContainerId: named,
  containerName: null,
  imageId: null,
})

const proved = ({ id, name, imageId }: RunningContainer): RecordedContainer => ({
  containerId: id,
  containerName: name,
  imageId,
})

/** Whether the process was proved to live in the container that its cgroup names. */
const isProved = (gates: readonly GateRecord[]): boolean =>
  gates.some(({ id, verdict }) => id === 'container' && verdict === 'passed')

/** Why an image is not looked up, if the configuration excludes it. */
function skippedImage({ id, repoDigests }: InspectedImage, skipped: readonly string[]): string | undefined {
  const found = skipped.find((digest) => digest === id || repoDigests.some((each) => each.endsWith(`@${digest}`)))
  return found === undefined ? undefined : `the configuration skips ${found}`
}

function answerAt(stop: GateRecord | undefined, skips: string | undefined): DecisionRecord['answer'] {
  if (stop?.verdict === 'could-not-check') return 'error'
  return stop === undefined && skips === undefined ? 'selectors' : 'none'
}
