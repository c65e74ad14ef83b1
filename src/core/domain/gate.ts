import * as z from 'zod'
import { signerSchema } from './identity.ts'
import { count, decimal, digest, flag, list, record, text, time } from './shapes.ts'
import { checkFields } from './verdict.ts'

interface Gate {
  /** As a person reads it. */
  readonly name: string
  /** What the gate asks, shown while it has no answer. */
  readonly question: string
  /** What it expects, for a gate that was never reached. */
  readonly expected: string
  /** The party on the trust map at which the thread is cut when the gate fails. */
  readonly cutAt: 'attestor' | 'cosign' | 'workload'
}

/** The gates of an attestation in the order in which they are passed. `entry` is computed by the engine. */
export const gateIds = ['container', 'image', 'registry', 'signature', 'signer', 'launch', 'entry'] as const
export type GateId = (typeof gateIds)[number]

/** Everything that is said about a gate before it has decided. */
export const gateTable: Readonly<Record<GateId, Gate>> = {
  container: {
    name: 'Container',
    question: 'which container does the process live in?',
    expected: 'the process lives in a container of this engine',
    cutAt: 'attestor',
  },
  image: {
    name: 'Image',
    question: 'which image was the container made from?',
    expected: 'the image that the container was made from',
    cutAt: 'attestor',
  },
  registry: {
    name: 'Registry',
    question: 'does a configured registry have this image?',
    expected: 'the image is on a registry that the configuration names',
    cutAt: 'attestor',
  },
  signature: {
    name: 'Signature',
    question: 'is there a signature of this very image?',
    expected: 'a signature of this very image',
    cutAt: 'attestor',
  },
  signer: {
    name: 'Signer',
    question: 'does the signature pass every check?',
    expected: 'the signature passes every check',
    cutAt: 'cosign',
  },
  launch: {
    name: 'Launch',
    question: 'does what was signed run as it was built?',
    expected: 'what runs is what was signed',
    // Looked at once cosign has verified the signature.
    cutAt: 'workload',
  },
  entry: {
    name: 'Entry',
    question: 'does the registration entry match what was found?',
    expected: 'the selectors of a registration entry',
    cutAt: 'workload',
  },
}

/** The gates that the plugin itself decides. */
export type PluginGateId = Exclude<GateId, 'entry'>

/** What the `signer` gate consists of. */
export const signerCheckIds = ['chain', 'sct', 'log', 'time', 'digest', 'predicate', 'cosign'] as const
export type SignerCheckId = (typeof signerCheckIds)[number]

/** Milliseconds. */
const elapsedMs = z.number().min(0)
const gateFields = {
  ...checkFields(z.enum(gateIds)),
  /** The checks inside the gate, where it has any. */
  checks: list(record(checkFields(z.enum(signerCheckIds)))).exactOptional(),
}

/** A gate as the plugin decided it. */
export const gateSchema = record({ ...gateFields, elapsedMs })
export type GateRecord = z.output<typeof gateSchema>

/** A gate of the plugin, or `entry`, which takes no time. */
export const shownGateSchema = record({ ...gateFields, elapsedMs: elapsedMs.exactOptional() })

/** A signature that the plugin verified, as facts. */
const verifiedSignature = record({
  signer: signerSchema,
  repository: text,
  imageDigest: digest,
  /** Lower-case hex. */
  logId: text,
  logIndex: decimal,
  /** `Source Repository URI` of the certificate, where a build service signed. */
  sourceRepository: text.exactOptional(),
})
export type VerifiedSignature = z.output<typeof verifiedSignature>

/** A bundle that is garbage, about another image, or no signature. `digest`: of the blob, or of an unreadable blob's manifest. */
const rejectedBundle = record({ digest, reason: text })
export type RejectedBundle = z.output<typeof rejectedBundle>

const decisionFields = {
  version: z.literal(1),
  at: time,
  pid: count,
  /** The container that the process was proved to live in: null where the gate `container` did not pass. */
  containerId: text.nullable(),
  /** The container that an unproved process's cgroup names. Anyone who may create cgroups chooses that name. */
  claimedContainerId: text.exactOptional(),
  containerName: text.nullable(),
  imageId: text.nullable(),
  imageDigest: digest.nullable(),
  /** Candidates on registries that the configuration does not name: recorded, never queried. */
  skippedRepositories: list(text),
  /** Bundles that were found and do not count, each with the reason. */
  rejectedBundles: list(rejectedBundle),
  /** Whether registry, signature and signer came from the cache. */
  cached: flag,
  gates: list(gateSchema),
  signatures: list(verifiedSignature),
  answer: z.enum(['selectors', 'none', 'error']),
  /** Selector values as given to the agent, without the type. */
  selectors: list(text),
  elapsedMs,
}

/** What the plugin writes for each process in a container: why it answered as it did. */
export const decisionSchema = record(decisionFields)
export type DecisionRecord = z.output<typeof decisionSchema>

/** The same as read from a plugin's file: a newer plugin may add fields of its own, which are dropped. */
export const writtenDecisionSchema = z.object(decisionFields).readonly()
