import type { GateId } from '../../src/core/domain/gate.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { shortHash } from '../ui/text.ts'
import type { ActId } from './acts.ts'

/** A party of the story, in the order in which the thread passes it. */
export interface Station {
  readonly id: string
  readonly name: string
  /** What it does, and once the thread is there, what it passed on. */
  readonly says: string
  readonly state: 'reached' | 'cut' | 'open'
  /** Where it can be looked at. */
  readonly act: ActId
}

// The party at which the thread is cut when a gate falls: the attestor looks, cosign judges, the entry decides.
const cutAt: Readonly<Record<GateId, string>> = {
  container: 'attestor',
  image: 'attestor',
  registry: 'attestor',
  signature: 'attestor',
  signer: 'cosign',
  launch: 'cosign',
  entry: 'workload',
}

/** All parties, with what has passed between them so far. */
export function stationsOf(run: RunState): readonly Station[] {
  const image = artifactOf(run, 'pushed-image')
  const signature = artifactOf(run, 'signature')
  const attestation = artifactOf(run, 'attestation')
  const entry = artifactOf(run, 'entry')
  const gate = attestation?.denial?.gate
  const fell = gate === undefined ? undefined : cutAt[gate]
  const signed = signature !== undefined
  const rows: readonly (readonly [id: string, name: string, says: string, reached: boolean, act: ActId])[] = [
    ['you', 'You', 'start the story', true, 'preflight'],
    ['docker', 'Docker', 'builds the image', artifactOf(run, 'built-image') !== undefined, 'build'],
    ['registry', 'Registry', image ? shortHash(image.digest, 4) : 'stores it', image !== undefined, 'push'],
    ['login', 'Login', signature?.signer.subject.split('@')[0] ?? 'who are you?', signed, 'sign'],
    ['fulcio', 'Fulcio', 'certifies a key', signed, 'certificate'],
    ['ct-log', 'CT log', 'knows the certificate', signed, 'certificate'],
    ['timestamp', 'Timestamp', 'says when', signed && signature.timestamp !== null, 'sign'],
    ['rekor', 'Rekor', signature ? `entry ${signature.logEntry.logIndex}` : 'knows the signature', signed, 'log-entry'],
    ['bundle', 'Registry', 'bundle beside the image', signed, 'verify'],
    [
      'server',
      'SPIRE server',
      entry ? 'knows the rule' : 'signs identities',
      artifactOf(run, 'trust-domain') !== undefined,
      'register',
    ],
    ['agent', 'SPIRE agent', 'asks who this is', artifactOf(run, 'agent') !== undefined, 'spire-agent'],
    ['attestor', 'Attestor', 'follows the thread', attestation !== undefined, 'attest'],
    ['cosign', 'cosign', 'checks it all', attestation !== undefined, 'attest'],
    [
      'workload',
      'Workload',
      attestation?.svid ? 'has its SVID' : 'gets an SVID',
      attestation !== undefined,
      'identity',
    ],
  ]
  const cut = rows.findIndex(([id]) => id === fell)
  return rows.map(([id, name, says, reached, act], at) => ({
    id,
    name,
    says: at === cut ? 'the thread is cut here' : says,
    state: at === cut ? 'cut' : reached && (cut < 0 || at < cut) ? 'reached' : 'open',
    act,
  }))
}
