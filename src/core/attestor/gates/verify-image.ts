import { createHash } from 'node:crypto'
import type { LimitFunction } from 'p-limit'
import type { GateRecord, RejectedBundle, VerifiedSignature } from '../../domain/gate.ts'
import type { Digest } from '../../domain/oci/digest.ts'
import type { Result } from '../../domain/result.ts'
import { firstSignal } from '../../process/first-signal.ts'
import type { RegistryHost } from '../../registry/registry-http.ts'
import type { TrustRoot } from '../../sigstore/trust/trust-root.ts'
import type { FlightCache } from '../cache/flight-cache.ts'
import type { VerifiedBundles } from '../cache/verified-bundles.ts'
import type { AttestorConfig } from '../config/schema.ts'
import type { Candidates } from './candidates.ts'
import { GateLog } from './gate-log.ts'
import { type RunningImage, registryGate, type Unread } from './registry.ts'
import { signatureGate } from './signature.ts'
import { signerGate } from './signer.ts'

/** What is known about an image after the gates registry, signature and signer. */
export interface VerifiedImage {
  readonly gates: readonly GateRecord[]
  readonly imageDigest: Digest | null
  readonly signatures: readonly VerifiedSignature[]
  readonly rejectedBundles: readonly RejectedBundle[]
  /** Signatures that could not be read or checked although others passed. */
  readonly unchecked: readonly Unread[]
  /** False if time ran out or a signature could not be checked: the next attestation may find more. */
  readonly complete: boolean
}

/** What verifying an image needs, besides the image. */
export interface ImageTools {
  readonly config: AttestorConfig
  readonly workFolder: string
  readonly limit: LimitFunction
  readonly cache: FlightCache<VerifiedImage>
  readonly verified: VerifiedBundles
  readonly trust: TrustRoot
  /** The registries that the configuration names. */
  readonly registries: readonly RegistryHost[]
  /** Aborted when the plugin ends: nothing that it started outlives it. */
  readonly ending: AbortSignal
}

/**
 * Gates 3 to 5, for an image wherever it runs. Concurrent calls for the same image, places, trusted root and policy
 * share one verification; a verified image is cached for a while, a denial never: its remedy must take effect at once. Nor
 * is an incomplete one: a workload whose signer was not reached would be denied until the cache expires.
 */
export async function verifyImage(
  image: RunningImage,
  candidates: Candidates,
  tools: ImageTools,
  /** The time limit. A caller that joins a verification in progress gets the result at that one's deadline. */
  budgetMs: number,
  /** Called with each gate as it is decided, unless the result comes from elsewhere. */
  onGates: (gates: readonly GateRecord[]) => void,
): Promise<{ readonly value: VerifiedImage; readonly cached: boolean }> {
  // A missing one is reported by the gate that needs it; nothing that was verified under another counts without it.
  const trustedRoot = await tools.trust.current()
  // Another configuration has a cache of its own.
  const key = createHash('sha256')
    .update(JSON.stringify([image, candidates, trustedRoot.ok || trustedRoot.error]))
    .update(trustedRoot.ok ? `\n${trustedRoot.value}` : '')
    .digest('hex')
  const keep = (value: VerifiedImage): boolean => value.signatures.length > 0 && value.complete
  return tools.cache.get(key, () => runGates(image, candidates, trustedRoot, { ...tools, budgetMs, onGates }), keep)
}

async function runGates(
  image: RunningImage,
  candidates: Candidates,
  trustedRoot: Result<string>,
  tools: ImageTools & { readonly budgetMs: number; readonly onGates: (gates: readonly GateRecord[]) => void },
): Promise<VerifiedImage> {
  const { config, budgetMs } = tools
  const signal = firstSignal(AbortSignal.timeout(budgetMs), tools.ending)
  const log = new GateLog(tools.onGates)
  const hosts = config.registries.map((registry) => registry.host)
  const registry = await registryGate(image, candidates, hosts, signal)
  log.close('registry', registry.says)
  const imageDigest = registry.holders[0]?.candidate.digest ?? candidates.named[0]?.digest ?? null
  const nothing = { imageDigest, signatures: [], rejectedBundles: [], unchecked: [], complete: false }
  if (registry.says.verdict !== 'passed') return { ...nothing, gates: log.records }
  const signature = await signatureGate(registry, config.predicateType, signal)
  log.close('signature', signature.says)
  if (signature.says.verdict !== 'passed') {
    return { ...nothing, gates: log.records, rejectedBundles: signature.rejected }
  }
  const signer = await signerGate(signature, {
    cosign: config.cosign.path,
    policy: config,
    trustedRoot,
    verified: tools.verified,
    workFolder: tools.workFolder,
    limit: tools.limit,
    signal,
    ending: tools.ending,
  })
  log.close('signer', signer.says)
  return {
    gates: log.records,
    imageDigest: signer.signatures[0]?.imageDigest ?? imageDigest,
    signatures: signer.signatures,
    rejectedBundles: signature.rejected,
    unchecked: [...signature.unknown, ...signer.unchecked],
    complete: signer.unchecked.length === 0 && !signal.aborted,
  }
}
