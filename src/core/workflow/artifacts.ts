import type { CtLogReadBack } from '../domain/ct-entry.ts'
import type { Digest } from '../domain/digest.ts'
import type { DecisionRecord, GateId } from '../domain/gate.ts'
import type { SignerIdentity } from '../domain/identity.ts'
import type { Svid } from '../domain/svid.ts'
import type { Check } from '../domain/verdict.ts'

/** Facts about this machine that preflight established. */
export interface MachineArtifact {
  readonly kind: 'machine'
  readonly engine: { readonly name: string; readonly version: string; readonly socket: string; readonly ours: boolean }
  readonly checks: readonly Check[]
}

/** The Sigstore, login and registry that the run uses. Paths are of this machine. */
export interface SigstoreArtifact {
  readonly kind: 'sigstore'
  /** host[:port], as image references begin. */
  readonly registry: string
  readonly issuer: string
  readonly fulcio: string
  readonly rekor: string
  /** With its path, as the signing config names it. */
  readonly timestampAuthority: string
  readonly ctLog: string
  readonly trustedRoot: string
  /** What stands in it: whom a verifier believes, with names and public keys. */
  readonly trustedRootJson: string
  readonly signingConfig: string
  /** Folders whose tiles can be read back. */
  readonly rekorTiles: string
  readonly ctTiles: string
}

export interface BuiltImageArtifact {
  readonly kind: 'built-image'
  readonly repository: string
  readonly tag: string
  readonly imageId: string
}

/** What the registry answered to a push. */
export interface ImageArtifact {
  readonly repository: string
  readonly tag: string
  readonly digest: Digest
  readonly imageId: string
  readonly sizeBytes: number
}
export interface PushedImageArtifact extends ImageArtifact {
  readonly kind: 'pushed-image'
}
export interface TamperedImageArtifact extends ImageArtifact {
  readonly kind: 'tampered-image'
}

/** A signature made in this run, read from the bundle that cosign wrote. */
export interface SignatureArtifact {
  readonly kind: 'signature'
  readonly bundleFile: string
  /** What stands in it, as cosign wrote it. */
  readonly bundleJson: string
  /** What was signed, as the signed statement names it. */
  readonly subject: Digest
  readonly signer: SignerIdentity
  readonly certificate: {
    readonly pem: string
    readonly serial: string
    readonly notBefore: string
    readonly notAfter: string
    readonly fingerprint: string
  }
  readonly logEntry: {
    readonly logIndex: string
    /** Lower-case hex. */
    readonly logId: string
    readonly treeSize: string
    /** Lower-case hex. */
    readonly rootHash: string
    readonly kind: string
    readonly origin: string
    /** The place in the tree that the proof is about; decimal. */
    readonly proofIndex: string
    /** SHA-256 over 0x00 and the entry, lower-case hex. */
    readonly leafHash: string
    /** The inclusion proof, lowest hash first, lower-case hex. */
    readonly proofHashes: readonly string[]
  }
  /** SHA-256 of the bytes that the signature covers (DSSE's pre-authentication encoding): what Rekor v2 logs. */
  readonly signedHash: string
  /** genTime of the RFC 3161 timestamp, null when the bundle has none. */
  readonly timestamp: string | null
}

/** What the two verifications said. */
export interface VerificationArtifact {
  readonly kind: 'verification'
  readonly expectedSigner: SignerIdentity
  readonly checks: readonly Check[]
  readonly ctLog: CtLogReadBack
}

export interface TrustDomainArtifact {
  readonly kind: 'trust-domain'
  readonly trustDomain: string
  readonly serverVersion: string
  readonly bundlePem: string
}

export interface AgentArtifact {
  readonly kind: 'agent'
  readonly agentId: string
  readonly agentVersion: string
  readonly nodeAlias: string
}

export interface EntryArtifact {
  readonly kind: 'entry'
  readonly entryId: string
  readonly spiffeId: string
  readonly parentId: string
  /** `type:value` each. */
  readonly selectors: readonly string[]
  /** When the agent said that it knows the entry. */
  readonly knownToAgentAt: string
}

/** Why there is no SVID. */
export interface Denial {
  readonly gate: GateId
  readonly expected: string
  readonly found: string
  readonly remedy: string
}

/** What the workload, the attestor and the entry together say. Exactly one of svid and denial is set. */
export interface AttestationArtifact {
  readonly kind: 'attestation'
  readonly image: ImageArtifact
  readonly containerId: string
  readonly startedAt: string
  readonly workloadAnswer: { readonly code: string; readonly text: string }
  readonly decision: DecisionRecord
  /** The plugin's gates and then `entry`. */
  readonly gates: readonly Check<GateId>[]
  readonly svid: Svid | null
  readonly denial: Denial | null
}

export type Artifact =
  | MachineArtifact
  | SigstoreArtifact
  | BuiltImageArtifact
  | PushedImageArtifact
  | TamperedImageArtifact
  | SignatureArtifact
  | VerificationArtifact
  | TrustDomainArtifact
  | AgentArtifact
  | EntryArtifact
  | AttestationArtifact

export type ArtifactKind = Artifact['kind']
/** The artifact of one kind. */
export type ArtifactOf<K extends ArtifactKind> = Extract<Artifact, { kind: K }>
