import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LimitFunction } from 'p-limit'
import { digestHex } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { cosignVerifyBundle } from '../../sigstore/cosign/cosign-verify.ts'
import type { SharedRun } from '../cache/verified-bundles.ts'
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
  /** Aborted when the caller stops waiting. */
  readonly signal: AbortSignal
  /** Aborted when the plugin ends. */
  readonly ending: AbortSignal
}

/** A run of cosign that a caller waits for. */
export interface AskedCosign {
  /** cosign's verdict; when the caller's time is over before that, "could not check". Never rejects. */
  readonly check: Promise<Check<'cosign'>>
  /**
   * The run may outlast its caller. On a machine with too much to do every attestation would otherwise begin it again; so
   * the next one finds it, or what it accepted.
   */
  readonly mayOutlast: () => void
}

/** The longest that cosign may take: longer than an attestation. */
const longestMs = 10_000

/** Where a run is when its caller leaves. */
type Left = 'waiting for its turn' | 'ended' | 'goes on'

/**
 * Has cosign verify a bundle. A run waits for its turn, unless one for the same question has it already, then cosign
 * runs. When the caller leaves, one that waits is never started; one that runs is ended, or goes on if it may.
 */
export function askCosign(
  bundle: CountingBundle,
  trustedRoot: string,
  tools: CosignTools,
  shared: SharedRun<Check<'cosign'>>,
): AskedCosign {
  const { signal: callerLeaves, ending, limit } = tools
  const end = new AbortController()
  let [hasTurn, may] = [false, false]
  const run = (): Promise<Check<'cosign'>> => {
    hasTurn = true
    return shared.run(() => runCosign(bundle, trustedRoot, { ...tools, signal: firstSignal(end.signal, ending) }))
  }
  let leave = (): void => undefined
  const lateCheck = new Promise<Check<'cosign'>>((resolve) => {
    leave = () => {
      const left = !hasTurn ? 'waiting for its turn' : may && shared.outlast(() => end.abort()) ? 'goes on' : 'ended'
      if (left !== 'goes on') end.abort()
      resolve(lateBecause(left))
    }
  })
  const inTurn = (): Promise<Check<'cosign'>> => limit(() => (end.signal.aborted ? lateCheck : run()))
  const joined = async (): Promise<Check<'cosign'>> => {
    const check = await run()
    if (check.verdict !== 'could-not-check' || callerLeaves.aborted) return check
    // What another caller began may have had little time left, or bad luck.
    hasTurn = false
    return inTurn()
  }
  if (callerLeaves.aborted) leave()
  else callerLeaves.addEventListener('abort', leave, { once: true })
  const asked = shared.hasTurn() ? joined() : inTurn()
  void asked.then(({ verdict, found }) => {
    if (verdict === 'failed' && callerLeaves.aborted) {
      log('warn', 'cosign does not accept what our own checks accept', { bundle: bundle.digest, found })
    }
    callerLeaves.removeEventListener('abort', leave)
    // Nothing runs any more; this only takes the listener from the plugin's own signal, which lives long.
    end.abort()
  })
  return {
    check: Promise.race([asked, lateCheck]),
    mayOutlast: () => {
      may = true
    },
  }
}

const lateWords: Readonly<Record<Left, string>> = {
  'waiting for its turn': ': it was not cosign\u2019s turn yet',
  ended: '',
  'goes on': '; cosign goes on, and if it accepts, that counts for the next attestation',
}

const lateBecause = (left: Left): Check<'cosign'> => ({
  id: 'cosign',
  verdict: 'could-not-check',
  expected: 'cosign accepts the signature in time',
  found: `no answer in time${lateWords[left]}`,
  remedy: 'Start the workload again.',
})

/** Gives cosign the very bytes that are verified in-process, bundle and trusted root, in files of their own. Never rejects. */
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
    // It goes with the plugin's folder.
  }
}
