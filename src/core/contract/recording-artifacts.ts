import * as z from 'zod'
import type { CtLogReadBack } from '../domain/ct-entry.ts'
import {
  type DecisionRecord,
  type GateRecord,
  gateIds,
  type RejectedBundle,
  signerCheckIds,
  type VerifiedSignature,
} from '../domain/gate.ts'
import { type Svid, svidCheckIds } from '../domain/svid.ts'
import type {
  AgentArtifact,
  Artifact,
  ArtifactKind,
  ArtifactOf,
  AttestationArtifact,
  BuiltImageArtifact,
  ConsentArtifact,
  CopiedSignatureArtifact,
  Denial,
  EntryArtifact,
  ImageArtifact,
  ImpostorImageArtifact,
  LocalImage,
  MachineArtifact,
  OtherProgramArtifact,
  SignatureArtifact,
  SigstoreArtifact,
  TrustDomainArtifact,
  VerificationArtifact,
} from '../workflow/artifacts.ts'
import {
  base64,
  check,
  checkFields,
  count,
  decimal,
  digest,
  flag,
  hash,
  hex,
  json,
  list,
  pem,
  type Shape,
  signer,
  text,
  time,
} from './recording-shapes.ts'

// A field that is added to an artifact (workflow/artifacts.ts) is added here as well: without it nothing compiles. Give
// it the strictest schema that fits: what a view computes with must not be able to break it.

const localFields = {
  repository: text,
  tag: text,
  imageId: text,
  sizeBytes: count,
} satisfies Shape<LocalImage>
const imageFields = { ...localFields, digest } satisfies Shape<ImageArtifact>

/** Why there is no SVID. */
export const denial = z.strictObject({
  gate: z.enum(gateIds),
  expected: text,
  found: text,
  remedy: text,
} satisfies Shape<Denial>)

/** A gate of the attestor, with what it consists of. */
export const gate = z.strictObject({
  ...checkFields(z.enum(gateIds)),
  elapsedMs: z.number().min(0),
  checks: list(z.strictObject(checkFields(z.enum(signerCheckIds)))).exactOptional(),
} satisfies Shape<GateRecord>)

const decision = z.strictObject({
  version: z.literal(1),
  at: time,
  pid: count,
  containerId: text.nullable(),
  claimedContainerId: text.exactOptional(),
  containerName: text.nullable(),
  imageId: text.nullable(),
  imageDigest: digest.nullable(),
  skippedRepositories: list(text),
  rejectedBundles: list(z.strictObject({ digest, reason: text } satisfies Shape<RejectedBundle>)),
  cached: flag,
  gates: list(gate),
  signatures: list(
    z.strictObject({
      signer,
      repository: text,
      imageDigest: digest,
      logId: text,
      logIndex: decimal,
      sourceRepository: text.exactOptional(),
    } satisfies Shape<VerifiedSignature>),
  ),
  answer: z.enum(['selectors', 'none', 'error']),
  selectors: list(text),
  elapsedMs: z.number().min(0),
} satisfies Shape<DecisionRecord>)

const svid = z.strictObject({
  spiffeId: text,
  notBefore: time,
  notAfter: time,
  serial: hex,
  chainPem: list(pem),
  bundlePem: list(pem),
  checks: list(z.strictObject(checkFields(z.enum(svidCheckIds)))),
} satisfies Shape<Svid>)

const attestation = z.strictObject({
  kind: z.literal('attestation'),
  image: z.strictObject({ ...localFields, digest: digest.nullable() } satisfies Shape<AttestationArtifact['image']>),
  containerId: text,
  startedAt: time,
  workloadAnswer: z.strictObject({ code: text, text } satisfies Shape<AttestationArtifact['workloadAnswer']>),
  decision,
  // The plugin's gates stand here with all that it wrote about them; `entry` is a check without more.
  gates: list(
    z.strictObject({ ...gate.shape, elapsedMs: gate.shape.elapsedMs.exactOptional() }) satisfies z.ZodType<
      AttestationArtifact['gates'][number]
    >,
  ),
  svid: svid.nullable(),
  denial: denial.nullable(),
} satisfies Shape<AttestationArtifact>)

const signature = z.strictObject({
  kind: z.literal('signature'),
  bundleFile: text,
  bundleJson: json,
  subject: digest,
  signer,
  certificate: z.strictObject({
    pem,
    serial: hex,
    notBefore: time,
    notAfter: time,
    fingerprint: hash,
  } satisfies Shape<SignatureArtifact['certificate']>),
  logEntry: z.strictObject({
    logIndex: decimal,
    logId: hex,
    treeSize: decimal,
    rootHash: hash,
    kind: text,
    origin: text,
    proofIndex: decimal,
    leafHash: hash,
    proofHashes: list(hash),
  } satisfies Shape<SignatureArtifact['logEntry']>),
  signedHash: hash,
  timestamp: time.nullable(),
} satisfies Shape<SignatureArtifact>)

const artifacts = {
  machine: z.strictObject({
    kind: z.literal('machine'),
    engine: z.strictObject({ name: text, version: text, socket: text, ours: flag } satisfies Shape<
      MachineArtifact['engine']
    >),
    checks: list(check),
  } satisfies Shape<MachineArtifact>),
  sigstore: z.strictObject({
    kind: z.literal('sigstore'),
    registry: text,
    repository: text,
    issuer: text,
    secondIssuer: text.nullable(),
    signer,
    fulcio: text,
    rekor: text,
    rekorVersion: z.literal([1, 2]),
    timestampAuthority: text.nullable(),
    ctLog: text.nullable(),
    trustedRoot: text,
    trustedRootJson: json,
    signingConfig: text,
    secondSigningConfig: text.nullable(),
    rekorTiles: text.nullable(),
    ctTiles: text.nullable(),
    checks: list(check),
  } satisfies Shape<SigstoreArtifact>),
  consent: z.strictObject({ kind: z.literal('consent'), at: time } satisfies Shape<ConsentArtifact>),
  'built-image': z.strictObject({
    kind: z.literal('built-image'),
    repository: text,
    tag: text,
    imageId: text,
  } satisfies Shape<BuiltImageArtifact>),
  'pushed-image': z.strictObject({ kind: z.literal('pushed-image'), ...imageFields }),
  'tampered-image': z.strictObject({ kind: z.literal('tampered-image'), ...imageFields }),
  'impostor-image': z.strictObject({
    kind: z.literal('impostor-image'),
    ...localFields,
  } satisfies Shape<ImpostorImageArtifact>),
  'copied-signature': z.strictObject({
    kind: z.literal('copied-signature'),
    to: digest,
    signs: digest,
    bundle: digest,
    referrer: digest,
  } satisfies Shape<CopiedSignatureArtifact>),
  'other-program': z.strictObject({
    kind: z.literal('other-program'),
    file: text,
    target: text,
    digest,
    built: digest,
  } satisfies Shape<OtherProgramArtifact>),
  signature,
  verification: z.strictObject({
    kind: z.literal('verification'),
    expectedSigner: signer,
    checks: list(check),
    ctLog: z.strictObject({
      checkpoint: text,
      index: decimal,
      entry: base64,
      proofHashes: list(hash),
      files: list(text),
    } satisfies Shape<CtLogReadBack>),
  } satisfies Shape<VerificationArtifact>),
  'trust-domain': z.strictObject({
    kind: z.literal('trust-domain'),
    trustDomain: text,
    serverVersion: text.nullable(),
    bundlePem: pem,
  } satisfies Shape<TrustDomainArtifact>),
  agent: z.strictObject({
    kind: z.literal('agent'),
    agentId: text.nullable(),
    agentVersion: text.nullable(),
    nodeAlias: text,
  } satisfies Shape<AgentArtifact>),
  entry: z.strictObject({
    kind: z.literal('entry'),
    entryId: text.nullable(),
    spiffeId: text,
    parentId: text,
    selectors: list(text),
    knownToAgentAt: time.nullable(),
  } satisfies Shape<EntryArtifact>),
  attestation,
} satisfies { readonly [K in ArtifactKind]: z.ZodType<ArtifactOf<K>> }

/** What a step gave, every field checked. */
export const artifact: z.ZodType<Artifact> = z.discriminatedUnion('kind', [
  artifacts.machine,
  ...Object.values(artifacts).filter((each) => each !== artifacts.machine),
])
