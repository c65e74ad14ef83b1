import * as z from 'zod'
import { decisionSchema, gateIds, shownGateSchema } from '../domain/gate.ts'
import { signerSchema } from '../domain/identity.ts'
import { ctLogReadBackSchema } from '../domain/log/ct-entry.ts'
import { count, decimal, digest, flag, hash, hex, json, list, pem, record, text, time } from '../domain/shapes.ts'
import { svidSchema } from '../domain/spiffe/svid.ts'
import { checkSchema } from '../domain/verdict.ts'

// The artifacts of the steps. The schema of each artifact is its only description: types are inferred from it, and a
// recording is read with it.

/** An image as the engine has it, under a name of its own choice. */
const localFields = { repository: text, tag: text, imageId: text, sizeBytes: count }

/** The registry's answer to a push. */
const imageFields = { ...localFields, digest }
export type ImageArtifact = Readonly<z.output<z.ZodObject<typeof imageFields>>>

/** Why there is no SVID. */
export const denialSchema = record({ gate: z.enum(gateIds), expected: text, found: text, remedy: text })
export type Denial = z.output<typeof denialSchema>

/** Facts about this machine that preflight established. */
const machine = record({
  kind: z.literal('machine'),
  engine: record({ name: text, version: text, socket: text, ours: flag }),
  checks: list(checkSchema),
})

/** The Sigstore, OIDC provider and registry that the run uses. Paths are of this machine. */
const sigstore = record({
  kind: z.literal('sigstore'),
  /** host[:port], as image references begin. */
  registry: text,
  /** HOST/PATH of the demo's images. */
  repository: text,
  issuer: text,
  /** Another issuer that Fulcio trusts as well, and no registration entry names; the sandbox has one. */
  secondIssuer: text.nullable(),
  /** The expected signer, as the certificate will name them. */
  signer: signerSchema,
  fulcio: text,
  rekor: text,
  /** Of Rekor's API. */
  rekorVersion: z.literal([1, 2]),
  /** With its path, as the signing config names it; a Rekor of version 1 needs none. */
  timestampAuthority: text.nullable(),
  /** If it is known: signing never contacts it. */
  ctLog: text.nullable(),
  trustedRoot: text,
  /** Its contents: what a verifier trusts, with names and public keys. */
  trustedRootJson: json,
  signingConfig: text,
  /** The same Sigstore, with the second issuer as OIDC provider. */
  secondSigningConfig: text.nullable(),
  /** Folders whose tiles can be read back, if the logs are on this machine. */
  rekorTiles: text.nullable(),
  ctTiles: text.nullable(),
  /** The checks before anything was signed; empty for the sandbox, which has just been created. */
  checks: list(checkSchema),
})

/** A person read what will be public, and agreed to it. */
const consent = record({ kind: z.literal('consent'), at: time })

const builtImage = record({ kind: z.literal('built-image'), repository: text, tag: text, imageId: text })
const pushedImage = record({ kind: z.literal('pushed-image'), ...imageFields })
const tamperedImage = record({ kind: z.literal('tampered-image'), ...imageFields })
/** An image with the same name that no registry has ever had. */
const impostorImage = record({ kind: z.literal('impostor-image'), ...localFields })

/** A signature that was attached to an image that it does not cover. */
const copiedSignature = record({
  kind: z.literal('copied-signature'),
  /** The image that it was copied to. */
  to: digest,
  /** The image that it covers. */
  signs: digest,
  /** Of the bundle, which is the same in both places. */
  bundle: digest,
  /** Of the referrer manifest that was pushed. */
  referrer: digest,
})

/** Another program, to be mounted over the one in the signed image. */
const otherProgram = record({
  kind: z.literal('other-program'),
  /** Where it is on this machine, and where it will be in the container. */
  file: text,
  target: text,
  digest,
  /** Of the signed image's program at this path. */
  built: digest,
})

/** A signature made in this run, read from the bundle that cosign wrote. */
const signature = record({
  kind: z.literal('signature'),
  bundleFile: text,
  /** Its contents, as cosign wrote them. */
  bundleJson: json,
  /** The signed digest, as the signed statement names it. */
  subject: digest,
  signer: signerSchema,
  certificate: record({ pem, serial: hex, notBefore: time, notAfter: time, fingerprint: hash }),
  logEntry: record({
    logIndex: decimal,
    logId: hex,
    treeSize: decimal,
    rootHash: hash,
    kind: text,
    origin: text,
    /** The index in the tree that the proof is about. */
    proofIndex: decimal,
    /** SHA-256 over 0x00 and the entry. */
    leafHash: hash,
    /** The inclusion proof, lowest hash first. */
    proofHashes: list(hash),
  }),
  /** SHA-256 of the bytes that the signature covers (DSSE's pre-authentication encoding): what Rekor v2 logs. */
  signedHash: hash,
  /** genTime of the RFC 3161 timestamp, null when the bundle has none. */
  timestamp: time.nullable(),
})

/** The result of the two verifications. */
const verification = record({
  kind: z.literal('verification'),
  expectedSigner: signerSchema,
  checks: list(checkSchema),
  /** The certificate as it was read back; null if the CT log could not be read. */
  ctLog: ctLogReadBackSchema.nullable(),
})

const trustDomain = record({
  kind: z.literal('trust-domain'),
  trustDomain: text,
  /** Null if the server is not ours: it does not report it. */
  serverVersion: text.nullable(),
  bundlePem: pem,
})

const agent = record({
  kind: z.literal('agent'),
  /** Null if the agent is not ours: it does not report them. */
  agentId: text.nullable(),
  agentVersion: text.nullable(),
  /** The parent of registration entries. */
  nodeAlias: text,
})

const entry = record({
  kind: z.literal('entry'),
  /** Null if an operator made the entry, and did not give its id. */
  entryId: text.nullable(),
  spiffeId: text,
  parentId: text,
  /** `type:value` each. */
  selectors: list(text),
  /** When the agent reported that it knows the entry; null if only an operator said so. */
  knownToAgentAt: time.nullable(),
})

/** The results of workload, attestor and entry together. Exactly one of svid and denial is set. */
const attestation = record({
  kind: z.literal('attestation'),
  /** What runs; without a digest if no registry has it. */
  image: record({ ...localFields, digest: digest.nullable() }),
  containerId: text,
  startedAt: time,
  workloadAnswer: record({ code: text, text }),
  decision: decisionSchema,
  /** The plugin's gates and then `entry`. */
  gates: list(shownGateSchema),
  svid: svidSchema.nullable(),
  denial: denialSchema.nullable(),
})

/** A step's artifact, every field checked. */
export const artifactSchema = z.discriminatedUnion('kind', [
  machine,
  sigstore,
  consent,
  builtImage,
  pushedImage,
  tamperedImage,
  impostorImage,
  copiedSignature,
  otherProgram,
  signature,
  verification,
  trustDomain,
  agent,
  entry,
  attestation,
])

export type Artifact = z.output<typeof artifactSchema>
export type ArtifactKind = Artifact['kind']
/** The artifact of one kind. */
export type ArtifactOf<K extends ArtifactKind> = Extract<Artifact, { kind: K }>

export type MachineArtifact = ArtifactOf<'machine'>
export type SigstoreArtifact = ArtifactOf<'sigstore'>
export type SignatureArtifact = ArtifactOf<'signature'>
export type VerificationArtifact = ArtifactOf<'verification'>
export type AttestationArtifact = ArtifactOf<'attestation'>
export type BuiltImageArtifact = ArtifactOf<'built-image'>
export type EntryArtifact = ArtifactOf<'entry'>
export type PushedImageArtifact = ArtifactOf<'pushed-image'>
export type ImpostorImageArtifact = ArtifactOf<'impostor-image'>
export type CopiedSignatureArtifact = ArtifactOf<'copied-signature'>
export type OtherProgramArtifact = ArtifactOf<'other-program'>
export type TrustDomainArtifact = ArtifactOf<'trust-domain'>
export type AgentArtifact = ArtifactOf<'agent'>
