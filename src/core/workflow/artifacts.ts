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
  /** HOST/PATH of the demo's images. */
  readonly repository: string
  readonly issuer: string
  /** Another issuer that Fulcio trusts as well, and no registration entry asks for; the sandbox has one. */
  readonly secondIssuer: string | null
  /** Who is expected to sign, as the certificate will name them. */
  readonly signer: SignerIdentity
  readonly fulcio: string
  readonly rekor: string
  /** Of Rekor's API. */
  readonly rekorVersion: 1 | 2
  /** With its path, as the signing config names it; a Rekor of version 1 needs none. */
  readonly timestampAuthority: string | null
  /** Where it is known: who signs never speaks to it. */
  readonly ctLog: string | null
  readonly trustedRoot: string
  /** What stands in it: whom a verifier believes, with names and public keys. */
  readonly trustedRootJson: string
  readonly signingConfig: string
  /** The same Sigstore, with the login at the second issuer. */
  readonly secondSigningConfig: string | null
  /** Folders whose tiles can be read back, where the logs are on this machine. */
  readonly rekorTiles: string | null
  readonly ctTiles: string | null
  /** What was looked at before anything was signed; of the sandbox, which has just been made, nothing. */
  readonly checks: readonly Check[]
}

/** Somebody read what will be public, and agreed to it. */
export interface ConsentArtifact {
  readonly kind: 'consent'
  /** ISO 8601. */
  readonly at: string
}

export interface BuiltImageArtifact {
  readonly kind: 'built-image'
  readonly repository: string
  readonly tag: string
  readonly imageId: string
}

/** An image as the engine has it, under a name of its own choice. */
export interface LocalImage {
  readonly repository: string
  readonly tag: string
  readonly imageId: string
  readonly sizeBytes: number
}
/** What the registry answered to a push. */
export interface ImageArtifact extends LocalImage {
  readonly digest: Digest
}
export interface PushedImageArtifact extends ImageArtifact {
  readonly kind: 'pushed-image'
}
export interface TamperedImageArtifact extends ImageArtifact {
  readonly kind: 'tampered-image'
}
/** An image of the same name that no registry has ever seen. */
export interface ImpostorImageArtifact extends LocalImage {
  readonly kind: 'impostor-image'
}

/** A signature that was put beside an image that it is not about. */
export interface CopiedSignatureArtifact {
  readonly kind: 'copied-signature'
  /** The image that it was copied to. */
  readonly to: Digest
  /** The image that it is about. */
  readonly signs: Digest
  /** Of the bundle, which is the same in both places. */
  readonly bundle: Digest
  /** Of the manifest that was written beside the image. */
  readonly referrer: Digest
}

/** Another program, to be mounted over the one in the signed image. */
export interface OtherProgramArtifact {
  readonly kind: 'other-program'
  /** Where it is on this machine, and where it will be in the container. */
  readonly file: string
  readonly target: string
  readonly digest: Digest
  /** Of the program that the signed image has there. */
  readonly built: Digest
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
  /** The certificate as it was read back; null where the CT log could not be read. */
  readonly ctLog: CtLogReadBack | null
}

export interface TrustDomainArtifact {
  readonly kind: 'trust-domain'
  readonly trustDomain: string
  /** null where the server is not ours: it does not tell. */
  readonly serverVersion: string | null
  readonly bundlePem: string
}

export interface AgentArtifact {
  readonly kind: 'agent'
  /** null where the agent is not ours: it does not tell. */
  readonly agentId: string | null
  readonly agentVersion: string | null
  /** The parent of registration entries. */
  readonly nodeAlias: string
}

export interface EntryArtifact {
  readonly kind: 'entry'
  /** null where an operator made the entry, and nobody told. */
  readonly entryId: string | null
  readonly spiffeId: string
  readonly parentId: string
  /** `type:value` each. */
  readonly selectors: readonly string[]
  /** When the agent said that it knows the entry; null where only an operator said so. */
  readonly knownToAgentAt: string | null
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
  /** What runs; without a digest where no registry has it. */
  readonly image: LocalImage & { readonly digest: Digest | null }
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
  | ConsentArtifact
  | BuiltImageArtifact
  | PushedImageArtifact
  | TamperedImageArtifact
  | ImpostorImageArtifact
  | CopiedSignatureArtifact
  | OtherProgramArtifact
  | SignatureArtifact
  | VerificationArtifact
  | TrustDomainArtifact
  | AgentArtifact
  | EntryArtifact
  | AttestationArtifact

export type ArtifactKind = Artifact['kind']
/** The artifact of one kind. */
export type ArtifactOf<K extends ArtifactKind> = Extract<Artifact, { kind: K }>
