import { placeInLog } from '../../core/domain/log/rekor-v1.ts'
import { digestHex, isDigest, parseDigest } from '../../core/domain/oci/digest.ts'
import { assertNever } from '../../core/domain/result.ts'
import { type Check, type Verdict, verdictWords } from '../../core/domain/verdict.ts'
import type { Artifact, AttestationArtifact, Denial, SignatureArtifact } from '../../core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../core/workflow/reducer.ts'
import { digestStrip } from './strip.ts'
import { knots, shortenHashes, type Thread } from './thread.ts'

/** The facts of an artifact, as lines on the thread. Every value is the artifact's own. */
export function factLines(artifact: Artifact, thread: Thread, state: RunState): string[] {
  // Services that are not ours do not reveal everything.
  const known = (label: string, value: string | null): string[] => (value === null ? [] : thread.field(label, value))
  switch (artifact.kind) {
    case 'machine':
      return [
        ...thread.field(
          'engine',
          `${artifact.engine.name} ${artifact.engine.version}${artifact.engine.ours ? ', private, started by this program' : ''}`,
        ),
        ...artifact.checks.flatMap((check) => checkLines(check.id, check, thread)),
      ]
    case 'sigstore':
      return [
        ...thread.field('OIDC provider', artifact.issuer),
        ...known('second OIDC provider', artifact.secondIssuer),
        ...thread.field('Fulcio', artifact.fulcio),
        ...known('CT log', artifact.ctLog),
        ...thread.field('Rekor', artifact.rekor),
        ...known('timestamps', artifact.timestampAuthority),
        ...thread.field('registry', artifact.registry),
        ...artifact.checks.flatMap((check) => checkLines(check.id, check, thread)),
      ]
    case 'consent':
      return thread.field('agreed', artifact.at)
    case 'built-image':
      return digestLines('image id', artifact.imageId, thread)
    case 'pushed-image':
    case 'tampered-image':
      return [
        ...thread.field('repository', artifact.repository),
        ...thread.field('tag', artifact.tag),
        ...digestLines('digest', artifact.digest, thread),
      ]
    case 'impostor-image':
      return [
        ...thread.field('name', `${artifact.repository}:${artifact.tag}`),
        ...digestLines('image id', artifact.imageId, thread),
        ...thread.field('digest', 'none: no registry has it'),
      ]
    case 'copied-signature':
      return [
        ...digestLines('it signs', artifact.signs, thread),
        ...digestLines('it lies beside', artifact.to, thread),
        ...thread.field('bundle', shortenHashes(artifact.bundle)),
      ]
    case 'other-program':
      return [
        ...digestLines('its program', artifact.built, thread),
        ...digestLines('another one', artifact.digest, thread),
        ...thread.field('to be mounted', `${artifact.file} over ${artifact.target}`),
      ]
    case 'signature':
      return signatureLines(artifact, thread)
    case 'verification':
      return artifact.checks.flatMap((check) => checkLines(check.id, check, thread))
    case 'trust-domain':
      return [...thread.field('trust domain', artifact.trustDomain), ...known('server', artifact.serverVersion)]
    case 'agent':
      return [...known('agent', artifact.agentVersion), ...thread.field('node', artifact.nodeAlias)]
    case 'entry':
      return [
        ...thread.field('SPIFFE ID', artifact.spiffeId),
        ...artifact.selectors.flatMap((selector, index) => thread.field(index === 0 ? 'requires' : 'and', selector)),
      ]
    case 'attestation':
      return attestationLines(artifact, thread, artifactOf(state, 'signature'))
    default:
      return assertNever(artifact, 'artifact')
  }
}

function signatureLines(signature: SignatureArtifact, thread: Thread): string[] {
  const { certificate, logEntry, signer } = signature
  const root = parseDigest(`sha256:${logEntry.rootHash}`)
  return [
    ...thread.say('Fulcio certified the signer', null),
    ...thread.field('who', signer.subject),
    ...thread.field('issuer', signer.issuer),
    ...thread.field('valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    ...thread.field('serial', certificate.serial),
    ...thread.say('Rekor recorded the signature', null),
    ...thread.field('entry', `${placeInLog(logEntry)}, ${logEntry.kind}`),
    ...thread.field('log', `${logEntry.origin}, id ${logEntry.logId.slice(0, 16)}…`),
    ...(root === undefined ? [] : digestLines('root', root, thread)),
    ...(signature.timestamp === null ? [] : thread.field('stamped', signature.timestamp)),
  ]
}

function attestationLines(
  attestation: AttestationArtifact,
  thread: Thread,
  signature: SignatureArtifact | undefined,
): string[] {
  const { svid, image, workloadAnswer, gates } = attestation
  const same = signature?.subject === image.digest
  return [
    ...gates.flatMap((gate) => checkLines(`${gateMark(gate.verdict)} ${gate.id}`, gate, thread)),
    // The digest seal: what runs and what was signed, side by side, to compare by eye.
    ...thread.field('what runs', image.digest === null ? 'an image that no registry has' : digestStrip(image.digest)),
    ...(signature === undefined
      ? thread.field('what was signed', 'nothing, in this run')
      : thread.field('what was signed', `${digestStrip(signature.subject)}  ${same ? 'the same' : 'another'}`)),
    ...(svid === null
      ? thread.field('agent', `${workloadAnswer.code}: ${workloadAnswer.text}`)
      : [
          ...thread.say('The workload has its X.509-SVID', null),
          ...thread.field('SPIFFE ID', svid.spiffeId),
          ...thread.field('valid', `${svid.notBefore} to ${svid.notAfter}`),
          ...thread.field('serial', svid.serial),
          ...thread.field('chain', `${svid.chainPem.length} certificate(s), ends in the trust bundle`),
        ]),
  ]
}

const checkLines = (label: string, check: Check, thread: Thread): string[] =>
  thread.field(label, shortenHashes(`${verdictWords[check.verdict]}: ${check.found}`))

/** The denial as a small block: where, expected, found, fix. */
export function denialLines(denial: Denial, thread: Thread): string[] {
  return [
    ...thread.say(`The thread is cut at the gate "${denial.gate}".`, 'cut'),
    ...thread.field('expected', shortenHashes(denial.expected)),
    ...thread.field('found', shortenHashes(denial.found)),
    // Unshortened: a reference in it has to be usable as it is.
    ...thread.field('fix', denial.remedy),
  ]
}

/** The digest strip first, the hex under it, because both together are too wide for 80 columns. */
export function digestLines(label: string, digest: string, thread: Thread): string[] {
  if (!isDigest(digest)) return thread.field(label, digest)
  return [...thread.field(label, digestStrip(digest)), thread.raw(`sha256:${digestHex(digest)}`)]
}

const gateMark = (verdict: Verdict): string => {
  const marks: Readonly<Record<Verdict, string>> = {
    passed: knots.passed,
    failed: knots.cut,
    'not-present': knots.cut,
    'could-not-check': knots.attention,
    'not-checked': knots.open,
  }
  return marks[verdict]
}
