import type { VerificationArtifact } from '../../../src/core/workflow/artifacts.ts'
import { Checks } from '../../kit/facts/checks.tsx'

const names = {
  cosign: 'cosign',
  chain: 'Certificate',
  sct: 'SCT',
  log: 'Log entry',
  time: 'Timestamp',
  digest: 'Digest',
  predicate: 'Statement',
  signer: 'Signer',
  'log-checkpoint': 'Checkpoint',
  'log-entry': 'Leaf',
  'log-proof': 'Inclusion',
  'log-history': 'History',
  'log-index': 'Index',
  'log-promise': 'Signed entry timestamp',
  'log-shard': 'Shard',
  'ct-checkpoint': 'CT checkpoint',
  'ct-entry': 'CT entry',
  'ct-proof': 'CT inclusion',
}

/** Every check of the verification, each with its result; cosign first, then the second opinion. */
export function VerificationView({ verification }: { verification: VerificationArtifact }) {
  return <Checks checks={verification.checks} names={names} label="Checks of the signature" parallel />
}
