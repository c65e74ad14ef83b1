import { readBundleFacts, type SignatureFacts } from '../../src/core/domain/bundle/bundle.ts'
import { bytesOfBase64 } from '../../src/core/domain/bundle/bundle-encoding.ts'
import {
  artifactDocument,
  type ByteDocument,
  bundleDocuments,
  certificateDocument,
  checkpointDocument,
  jsonDocument,
  leafDocument,
  paeDocument,
  pemDocument,
} from '../../src/core/domain/bytes/documents.ts'
import { readCtEntry } from '../../src/core/domain/log/ct-entry.ts'
import type { ArtifactKind } from '../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'

/** The documents behind an act, as far as the run has them. */
export type Sources = (run: RunState) => readonly ByteDocument[]

/** Artifacts as the event log holds them: what a tool reported through an API, and no file of its own. */
export const artifactsAsJson =
  (...kinds: readonly ArtifactKind[]): Sources =>
  (run) =>
    kinds.flatMap((kind) => {
      const artifact = artifactOf(run, kind)
      return artifact === undefined ? [] : [artifactDocument(artifact)]
    })

/** Every artifact of the run so far. */
export const everyArtifact: Sources = (run) => Object.values(run.artifacts).map(artifactDocument)

const ofSignature =
  (documents: (facts: SignatureFacts, bundleJson: string, run: RunState) => readonly ByteDocument[]): Sources =>
  (run) => {
    const signature = artifactOf(run, 'signature')
    const facts = readBundleFacts(signature?.bundleJson ?? '')
    return signature === undefined || !facts.ok ? [] : documents(facts.value, signature.bundleJson, run)
  }

/** The bundle, what its signature covers, and its parts that are DER. */
export const signatureSources = ofSignature((facts, bundleJson) => [
  ...bundleDocuments(bundleJson, facts),
  paeDocument(facts),
])

/** The signer's certificate, and the precertificate that the CT log holds. */
export const certificateSources = ofSignature((facts, _json, run) => [
  certificateDocument({ title: 'certificate', says: 'the leaf in the bundle' }, facts.bytes.certificate),
  ...precertificate(run),
])

function precertificate(run: RunState): readonly ByteDocument[] {
  const kept = artifactOf(run, 'verification')?.ctLog
  const entry = kept == null ? undefined : readCtEntry(bytesOfBase64(kept.entry) ?? new Uint8Array())
  return entry === undefined
    ? []
    : [certificateDocument({ title: 'precertificate', says: 'as the CT log holds it' }, entry.precertificate)]
}

/** The entry as the tree hashes it, and the checkpoint that the log signed. */
export const logEntrySources = ofSignature((facts) => [
  leafDocument(facts),
  checkpointDocument(facts.logEntry.checkpoint),
])

/** The checks, and the entry of the CT log that was read back. */
export const verificationSources: Sources = (run) => [...artifactsAsJson('verification')(run), ...precertificate(run)]

/** The CA certificates of the trust domain. */
export const trustBundleSources: Sources = (run) => {
  const domain = artifactOf(run, 'trust-domain')
  return domain === undefined
    ? []
    : [
        ...pemDocument({ title: 'trust bundle', says: 'the CA certificate of the trust domain' }, domain.bundlePem),
        artifactDocument(domain),
      ]
}

/** The SVID with its chain and its trust bundle, as the workload showed them. */
export const svidSources: Sources = (run) => {
  const svid = artifactOf(run, 'attestation')?.svid
  if (svid == null) return decisionSources(run)
  return [
    ...svid.chainPem.flatMap((pem, at) =>
      pemDocument(
        { title: at === 0 ? 'SVID' : `CA ${at}`, says: 'from the workload’s answer; the key never left it' },
        pem,
      ),
    ),
    ...svid.bundlePem.flatMap((pem, at) =>
      pemDocument(
        { title: at === 0 ? 'trust bundle' : `trust bundle ${at + 1}`, says: 'what the workload trusts' },
        pem,
      ),
    ),
  ]
}

/** The trusted root: the one file that a verifier trusts, and the services. */
export const sigstoreSources: Sources = (run) => {
  const sigstore = artifactOf(run, 'sigstore')
  return sigstore === undefined
    ? []
    : [
        jsonDocument(
          { title: 'trusted root', says: 'the public keys of every party, in one file' },
          sigstore.trustedRootJson,
        ),
        artifactDocument(sigstore),
      ]
}

/** The attestor's own record of its decision. */
const decisionSources: Sources = (run) => {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined) return []
  const named = { title: 'decision record', says: 'what the attestor wrote for this process' }
  return [jsonDocument(named, JSON.stringify(attestation.decision, null, 2))]
}

/** The decision, and the SVID that followed from it. */
export const attestationSources: Sources = (run) => [
  ...decisionSources(run),
  ...(artifactOf(run, 'attestation')?.svid == null ? [] : svidSources(run).slice(0, 1)),
]
