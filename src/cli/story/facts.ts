import { digestHex, isDigest, parseDigest } from '../../core/domain/digest.ts'
import { assertNever } from '../../core/domain/result.ts'
import { verdictWords } from '../../core/domain/verdict.ts'
import type { Artifact, AttestationArtifact, Denial, SignatureArtifact } from '../../core/workflow/artifacts.ts'
import { digestStrip } from './strip.ts'
import type { Knot, Thread } from './thread.ts'

/** What an artifact says, as lines on the thread. Every value is the artifact's own. */
export function factLines(artifact: Artifact, thread: Thread): string[] {
  switch (artifact.kind) {
    case 'machine':
      return [
        ...thread.field(
          'engine',
          `${artifact.engine.name} ${artifact.engine.version}${artifact.engine.ours ? ', a private one of ours' : ''}`,
        ),
        ...artifact.checks.flatMap((check) => thread.field(check.id, `${verdictWords[check.verdict]}: ${check.found}`)),
      ]
    case 'sigstore':
      return [
        ...thread.field('login', artifact.issuer),
        ...thread.field('Fulcio', artifact.fulcio),
        ...thread.field('CT log', artifact.ctLog),
        ...thread.field('Rekor', artifact.rekor),
        ...thread.field('timestamps', artifact.timestampAuthority),
        ...thread.field('registry', artifact.registry),
      ]
    case 'built-image':
      return digestLines('image id', artifact.imageId, thread)
    case 'pushed-image':
    case 'tampered-image':
      return [
        ...thread.field('repository', artifact.repository),
        ...thread.field('tag', artifact.tag),
        ...digestLines('digest', artifact.digest, thread),
      ]
    case 'signature':
      return signatureLines(artifact, thread)
    case 'verification':
      return artifact.checks.flatMap((check) =>
        thread.field(check.id, `${verdictWords[check.verdict]}: ${check.found}`),
      )
    case 'trust-domain':
      return [...thread.field('trust domain', artifact.trustDomain), ...thread.field('server', artifact.serverVersion)]
    case 'agent':
      return [...thread.field('agent', artifact.agentVersion), ...thread.field('node', artifact.nodeAlias)]
    case 'entry':
      return [
        ...thread.field('SPIFFE ID', artifact.spiffeId),
        ...artifact.selectors.flatMap((selector, index) => thread.field(index === 0 ? 'asks for' : 'and', selector)),
      ]
    case 'attestation':
      return attestationLines(artifact, thread)
    default:
      return assertNever(artifact, 'artifact')
  }
}

function signatureLines(signature: SignatureArtifact, thread: Thread): string[] {
  const { certificate, logEntry, signer } = signature
  const root = parseDigest(`sha256:${logEntry.rootHash}`)
  return [
    ...thread.say('Fulcio vouched for the person', null),
    ...thread.field('who', signer.subject),
    ...thread.field('says', signer.issuer),
    ...thread.field('valid', `${certificate.notBefore} to ${certificate.notAfter}`),
    ...thread.field('serial', certificate.serial),
    ...thread.say('Rekor recorded the signature', null),
    ...thread.field('entry', `${logEntry.logIndex} of ${logEntry.treeSize}, ${logEntry.kind}`),
    ...thread.field('log', `${logEntry.origin}, id ${logEntry.logId.slice(0, 16)}…`),
    ...(root === undefined ? [] : digestLines('root', root, thread)),
    ...(signature.timestamp === null ? [] : thread.field('stamped', signature.timestamp)),
  ]
}

function attestationLines(attestation: AttestationArtifact, thread: Thread): string[] {
  const gates = attestation.gates.flatMap((gate) =>
    thread.field(`${gateMark(gate.verdict)} ${gate.id}`, `${verdictWords[gate.verdict]}: ${gate.found}`),
  )
  const { svid } = attestation
  if (svid === null)
    return [
      ...gates,
      ...thread.field('workload', `${attestation.workloadAnswer.code}: ${attestation.workloadAnswer.text}`),
    ]
  return [
    ...gates,
    ...thread.say('The workload has its X.509-SVID', null),
    ...thread.field('SPIFFE ID', svid.spiffeId),
    ...thread.field('valid', `${svid.notBefore} to ${svid.notAfter}`),
    ...thread.field('serial', svid.serial),
    ...thread.field('chain', `${svid.chainPem.length} certificate(s), ends in the trust bundle`),
  ]
}

/** The denial as a small block: where, expected, found, mend. */
export function denialLines(denial: Denial, thread: Thread): string[] {
  return [
    ...thread.say(`The thread is cut at the gate "${denial.gate}".`, 'cut'),
    ...thread.field('expected', denial.expected),
    ...thread.field('found', denial.found),
    ...thread.field('mend', denial.remedy),
  ]
}

/** The skyline first, the hex under it, because both together are too wide for 80 columns. */
export function digestLines(label: string, digest: string, thread: Thread): string[] {
  if (!isDigest(digest)) return thread.field(label, digest)
  return [...thread.field(label, digestStrip(digest)), thread.raw(`sha256:${digestHex(digest)}`)]
}

const gateMark = (verdict: AttestationArtifact['gates'][number]['verdict']): string => {
  const knot: Readonly<Record<typeof verdict, Knot>> = {
    passed: 'passed',
    failed: 'cut',
    'could-not-check': 'attention',
    'not-present': 'cut',
    'not-checked': 'open',
  }
  return { passed: '●', attention: '◆', open: '○', cut: '╳' }[knot[verdict]]
}
