import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LimitFunction } from 'p-limit'
import { digestHex } from '../../domain/oci/digest.ts'
import type { Check } from '../../domain/verdict.ts'
import { firstSignal } from '../../process/first-signal.ts'
import { cosignVerifyBundle } from '../../sigstore/cosign/cosign-verify.ts'
import type { SharedRun } from '../cache/verified-bundles.ts'
import type { AttestorConfig } from '../config/schema.ts'
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
   * Lets cosign, once it has started, go on when the caller's time is over. On a machine with too much to do every
   * attestation would otherwise begin it anew; so the next one finds it, or what it accepted.
   */
  readonly goOn: () => void
}

/** The longest that cosign may take: longer than an attestation. */
const longestMs = 10_000

/** Has cosign verify a bundle, when it is its turn. */
export function askCosign(
  bundle: CountingBundle,
  trustedRoot: string,
  tools: CosignTools,
  shared: SharedRun<Check<'cosign'>>,
): AskedCosign {
  const over = new AbortController()
  const signal = firstSignal(over.signal, tools.ending)
  let [started, goesOn] = [false, false]
  const start = (): Promise<Check<'cosign'>> => {
    started = true
    return shared.run(() => runCosign(bundle, trustedRoot, { ...tools, signal }))
  }
  const left = new Promise<Check<'cosign'>>((resolve) => {
    const leave = (): void => {
      const stays = started && goesOn
      if (!stays) over.abort()
      resolve(late(started, stays))
    }
    if (tools.signal.aborted) leave()
    else tools.signal.addEventListener('abort', leave, { once: true })
  })
  const inTurn = (): Promise<Check<'cosign'>> => (over.signal.aborted ? left : start())
  // One that runs already has its turn.
  const asked = shared.isRunning() ? start() : tools.limit(inTurn)
  // The plugin's own signal lives long, and would keep what has ended.
  const release = (): void => over.abort()
  asked.then(release, release)
  return {
    check: Promise.race([asked, left]),
    goOn: () => {
      goesOn = shared.isKept
    },
  }
}

function late(started: boolean, goesOn: boolean): Check<'cosign'> {
  const why = goesOn
    ? '; cosign goes on, and if it accepts, that counts for the next attestation'
    : started
      ? ''
      : ': too much else was being verified'
  return {
    id: 'cosign',
    verdict: 'could-not-check',
    expected: 'cosign accepts the signature in time',
    found: `no answer in time${why}`,
    remedy: 'Start the workload again.',
  }
}

/** Gives cosign the very bytes that are verified in-process, bundle and trusted root, in files of their own. */
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
    // Synchronous: the files are small, and a thread hand-over would cost more than removing them.
    for (const file of [bundleFile, rootFile]) rmSync(file, { force: true })
  }
}
