import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LimitFunction } from 'p-limit'
import { digestHex } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { cosignVerifyBundle } from '../../sigstore/cosign/cosign-verify.ts'
import type { SharedRun } from '../cache/shared-runs.ts'
import type { AttestorConfig } from '../config/schema.ts'
import { log } from '../plugin/go-plugin/hclog.ts'
import type { CountingBundle } from './signature.ts'

/** What running cosign needs. */
export interface CosignTools {
  /** Absolute path. */
  readonly cosign: string
  readonly policy: Pick<AttestorConfig, 'predicateType' | 'thresholds'>
  /** A private folder: what cosign reads lies here while it runs. */
  readonly workFolder: string
  /** Limits how many cosign processes run at once. */
  readonly limit: LimitFunction
  /** Aborted when the attestation has to answer, and when the plugin ends. */
  readonly signal: AbortSignal
  /** Aborted when the plugin ends. */
  readonly ending: AbortSignal
}

/** A cosign run that an attestation waits for. */
export interface AskedCosign {
  /** cosign's verdict; "could not check" if there is none when the attestation has to answer. Never rejects. */
  readonly check: Promise<Check<'cosign'>>
  /**
   * Allows cosign to continue after the attestation has timed out. On an overloaded machine every attestation would
   * otherwise start cosign again and time out too; this way the next one joins the run or finds its success in the cache.
   */
  readonly mayContinue: () => void
}

/** The limit for one cosign process, from its start. Longer than an attestation, because it may continue after one. */
const longestMs = 10_000

/** What becomes of a run when its attestation has to answer without its verdict. */
type Unfinished = 'dropped' | 'ended' | 'continues' | 'cancelled'

/**
 * Has cosign verify a bundle: queues for a slot unless a run for the same question can be joined, then starts cosign. When
 * the attestation times out, a queued run is dropped, and a started one ends, or continues if it may.
 */
export function askCosign(
  bundle: CountingBundle,
  trustedRoot: string,
  tools: CosignTools,
  shared: SharedRun,
): AskedCosign {
  const { signal: timeout, ending, limit } = tools
  if (timeout.aborted) {
    const check = Promise.resolve(noResult(ending.aborted ? 'cancelled' : 'ended'))
    return { check, mayContinue: () => undefined }
  }
  const end = new AbortController()
  let queued = true
  let started = false
  let mayContinue = false
  const start = async (): Promise<Check<'cosign'>> => {
    started = true
    const check = await runCosign(bundle, trustedRoot, { ...tools, signal: firstSignal(end.signal, ending) })
    // The attestation that started it has answered by now, and nothing else might report it.
    if (timeout.aborted && mayContinue && rejects(check)) {
      const fields = { bundle: bundle.digest, found: check.found }
      log('warn', 'cosign rejects a signature that passed our own checks', fields)
    }
    return check
  }
  const run = (): Promise<Check<'cosign'>> => {
    queued = false
    return shared.run(start)
  }
  const leave = (): Unfinished => {
    if (ending.aborted) return 'cancelled'
    if (queued) return 'dropped'
    return mayContinue && shared.continues(() => end.abort()) ? 'continues' : 'ended'
  }
  let onTimeout = (): void => undefined
  const timedOut = new Promise<Check<'cosign'>>((resolve) => {
    onTimeout = () => {
      const state = leave()
      if (state !== 'continues') {
        if (started) shared.ends()
        end.abort()
      }
      resolve(noResult(state))
    }
  })
  const runInSlot = (): Promise<Check<'cosign'>> => limit(() => (end.signal.aborted ? timedOut : run()))
  const join = async (): Promise<Check<'cosign'>> => {
    const check = await run()
    if (check.verdict !== 'could-not-check' || timeout.aborted) return started ? check : joined(check)
    // The joined run may have been near its own limit, or killed.
    queued = true
    return runInSlot()
  }
  timeout.addEventListener('abort', onTimeout, { once: true })
  const asked = shared.isAvailable() ? join() : runInSlot()
  void asked.then(() => {
    timeout.removeEventListener('abort', onTimeout)
    // cosign has ended; this removes the listener from `ending`, which lives as long as the plugin.
    end.abort()
  })
  return {
    check: Promise.race([asked, timedOut]),
    mayContinue: () => {
      mayContinue = true
    },
  }
}

const noResultTexts: Readonly<Record<Unfinished, string>> = {
  dropped: 'no answer in time; cosign was still queued behind other verifications',
  ended: 'no answer in time',
  continues: 'no answer in time; cosign continues, and if it succeeds, the next attestation uses its result',
  cancelled: 'cancelled, because the plugin ends',
}

const noResult = (state: Unfinished): Check<'cosign'> => ({
  id: 'cosign',
  verdict: 'could-not-check',
  expected: 'cosign accepts the signature in time',
  found: noResultTexts[state],
  remedy: 'Start the workload again.',
})

/** A verdict that is older than this attestation, which says so. */
const joined = (check: Check<'cosign'>): Check<'cosign'> => ({
  ...check,
  found: `${check.found}, in a run that an earlier attestation started`,
})

const rejects = ({ verdict }: Check<'cosign'>): boolean => verdict !== 'passed' && verdict !== 'could-not-check'

/**
 * Runs cosign on the same bytes that are verified in-process, bundle and trusted root, each in a file of its own. Never
 * rejects.
 */
async function runCosign(bundle: CountingBundle, trustedRoot: string, tools: CosignTools): Promise<Check<'cosign'>> {
  const name = join(tools.workFolder, `${digestHex(bundle.digest)}-${crypto.randomUUID()}`)
  const [bundleFile, rootFile] = [`${name}.sigstore.json`, `${name}.trusted-root.json`]
  // An empty one.
  const home = join(tools.workFolder, 'home')
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    writeFileSync(bundleFile, bundle.json, { mode: 0o600, flag: 'wx' })
    writeFileSync(rootFile, trustedRoot, { mode: 0o600, flag: 'wx' })
    const { check } = await cosignVerifyBundle({
      cosign: tools.cosign,
      trustedRoot: rootFile,
      signer: bundle.facts.certificate.signer,
      home,
      bundleFile,
      digest: bundle.subject,
      predicateType: tools.policy.predicateType,
      ignoreSct: tools.policy.thresholds.sct === 0,
      timeoutMs: longestMs,
      signal: tools.signal,
    })
    return check
  } catch (error) {
    return {
      id: 'cosign',
      verdict: 'could-not-check',
      expected: 'cosign gets the bundle in a file',
      found: error instanceof Error ? error.message : 'unknown',
      remedy: 'Make room in the folder for temporary files.',
    }
  } finally {
    for (const file of [bundleFile, rootFile]) removeFile(file)
  }
}

/** Synchronous: the files are small, and a thread hand-over would cost more than removing them. */
function removeFile(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // It is removed with the plugin's folder.
  }
}
