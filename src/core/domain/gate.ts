import * as z from 'zod'
import { signerFields } from './identity.ts'
import { isObject } from './json.ts'
import { count, decimal, digest, flag, list, record, text, time } from './shapes.ts'
import { checkFields } from './verdict.ts'

interface Gate {
  /** As a person reads it. */
  readonly name: string
  /** The gate's question, shown while it has no answer. */
  readonly question: string
  /** What it expects, for a gate that was never reached. */
  readonly expected: string
  /** The party on the trust map at which the thread is cut when the gate fails. */
  readonly cutAt: 'attestor' | 'cosign' | 'workload'
}

/** The gates of an attestation in the order in which they are passed. `entry` is computed by the engine. */
export const gateIds = ['container', 'image', 'registry', 'signature', 'signer', 'launch', 'entry'] as const
export type GateId = (typeof gateIds)[number]

/** Everything shown about a gate before it has decided. */
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
    // Checked once cosign has verified the signature.
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

/** The checks of the `signer` gate. */
export const signerCheckIds = ['chain', 'sct', 'log', 'time', 'digest', 'predicate', 'cosign'] as const
export type SignerCheckId = (typeof signerCheckIds)[number]

/** Milliseconds. */
const elapsedMs = z.number().min(0)

/** How an object is read: `record` rejects unknown keys; a lenient one drops them. */
type ObjectOf = <S extends z.ZodRawShape>(fields: S) => z.ZodReadonly<z.ZodObject<S>>

/** What the plugin writes, at every depth with this treatment of unknown keys. */
function schemasWith(object: ObjectOf) {
  const gateFields = {
    ...checkFields(z.enum(gateIds)),
    /** The checks inside the gate, if it has any. */
    checks: list(object(checkFields(z.enum(signerCheckIds)))).exactOptional(),
  }
  const gate = object({ ...gateFields, elapsedMs })
  const signature = object({
    signer: object(signerFields),
    repository: text,
    imageDigest: digest,
    /** Lower-case hex. */
    logId: text,
    logIndex: decimal,
    /** `Source Repository URI` of the certificate, if a build service signed. */
    sourceRepository: text.exactOptional(),
  })
  /** `digest`: of the blob, or of an unreadable blob's manifest. */
  const rejected = object({ digest, reason: text })
  const decision = object({
    version: z.literal(1),
    at: time,
    pid: count,
    /** The container that the process was proved to live in: null if the gate `container` did not pass. */
    containerId: text.nullable(),
    /** The container that an unproved process's cgroup names. Anyone who may create cgroups chooses that name. */
    claimedContainerId: text.exactOptional(),
    containerName: text.nullable(),
    imageId: text.nullable(),
    imageDigest: digest.nullable(),
    /** Candidates on registries that the configuration does not name: recorded, never queried. */
    skippedRepositories: list(text),
    /** Bundles that were found and do not count, each with the reason. */
    rejectedBundles: list(rejected),
    /** Whether registry, signature and signer came from the cache. */
    cached: flag,
    gates: list(gate),
    signatures: list(signature),
    /** Those that could not be read or checked although others passed: the selectors may be too few because of them. */
    uncheckedSignatures: list(object({ found: text, remedy: text })).exactOptional(),
    answer: z.enum(['selectors', 'none', 'error']),
    /** Selector values as given to the agent, without the type. */
    selectors: list(text),
    elapsedMs,
  })
  return { gateFields, gate, decision }
}

const exact = schemasWith(record)
/** A newer plugin may add fields of its own. */
const written = schemasWith((fields) => z.object(fields).readonly())

/** A gate as the plugin decided it. */
export const gateSchema = exact.gate
export type GateRecord = z.output<typeof gateSchema>
/** A gate, or `entry`, which takes no time. */
export const shownGateSchema = record({ ...exact.gateFields, elapsedMs: elapsedMs.exactOptional() })

/** The plugin's record for each process in a container: why it answered as it did. */
export const decisionSchema = exact.decision
export type DecisionRecord = z.output<typeof decisionSchema>
/** A signature that the plugin verified, as facts. */
export type VerifiedSignature = DecisionRecord['signatures'][number]
/** A bundle that is garbage, about another image, or no signature. */
export type RejectedBundle = DecisionRecord['rejectedBundles'][number]

/**
 * A gate and a decision as read from a plugin's files. A newer plugin may also have gates and checks that this program
 * does not know: those are dropped. A denial at such a gate is then no denial at another: no known gate failed.
 */
export const writtenGateSchema = z.preprocess(withKnownChecks, written.gate)
export const writtenDecisionSchema = z.preprocess(withKnownGates, written.decision)

function withKnownGates(decision: unknown): unknown {
  if (!isObject(decision) || !Array.isArray(decision['gates'])) return decision
  return { ...decision, gates: decision['gates'].filter(hasIdOf(gateIds)).map(withKnownChecks) }
}

function withKnownChecks(gate: unknown): unknown {
  if (!isObject(gate) || !Array.isArray(gate['checks'])) return gate
  return { ...gate, checks: gate['checks'].filter(hasIdOf(signerCheckIds)) }
}

/** Whether an element has one of these ids, or none at all: then the schema rejects it. */
const hasIdOf =
  (ids: readonly string[]) =>
  (value: unknown): boolean =>
    !isObject(value) || typeof value['id'] !== 'string' || ids.includes(value['id'])
