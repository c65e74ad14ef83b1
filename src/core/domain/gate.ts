import type { Digest } from './digest.ts'
import type { SignerIdentity } from './identity.ts'
import type { Check } from './verdict.ts'

/** The gates of an attestation in the order in which they are passed. `entry` is computed by the engine. */
export const gateIds = ['container', 'image', 'registry', 'signature', 'signer', 'launch', 'entry'] as const
export type GateId = (typeof gateIds)[number]
/** The gates that the plugin itself decides. */
export type PluginGateId = Exclude<GateId, 'entry'>

/** What the `signer` gate consists of. */
export const signerCheckIds = ['chain', 'sct', 'log', 'time', 'digest', 'predicate', 'cosign'] as const
export type SignerCheckId = (typeof signerCheckIds)[number]

/** The verdict of one gate, and of the checks inside it where it has any. */
export interface GateRecord extends Check<GateId> {
  readonly elapsedMs: number
  readonly checks?: readonly Check<SignerCheckId>[]
}

/** A signature that the plugin verified, as facts. */
export interface VerifiedSignature {
  readonly signer: SignerIdentity
  readonly repository: string
  readonly imageDigest: Digest
  /** Lower-case hex. */
  readonly logId: string
  readonly logIndex: string
  /** `Source Repository URI` of the certificate, where a build service signed. */
  readonly sourceRepository?: string
}

/** A bundle that is garbage, about another image, or no signature. */
export interface RejectedBundle {
  /** Of the blob, or of the manifest where the blob could not be read. */
  readonly digest: Digest
  readonly reason: string
}

/** What the plugin writes for each process in a container: why it answered as it did. */
export interface DecisionRecord {
  readonly version: 1
  readonly at: string
  readonly pid: number
  /** The container that the process was proved to live in: null where the gate `container` did not pass. */
  readonly containerId: string | null
  /** The container that an unproved process's cgroup names. Whoever may make cgroups chooses that name. */
  readonly claimedContainerId?: string
  readonly containerName: string | null
  readonly imageId: string | null
  readonly imageDigest: Digest | null
  /** Candidates on registries that the configuration does not name: recorded, never asked. */
  readonly skippedRepositories: readonly string[]
  /** Bundles that were found and do not count, each with the reason. */
  readonly rejectedBundles: readonly RejectedBundle[]
  /** Whether registry, signature and signer were looked up in the cache. */
  readonly cached: boolean
  readonly gates: readonly GateRecord[]
  readonly signatures: readonly VerifiedSignature[]
  readonly answer: 'selectors' | 'none' | 'error'
  /** Selector values as given to the agent, without the type. */
  readonly selectors: readonly string[]
  readonly elapsedMs: number
}
