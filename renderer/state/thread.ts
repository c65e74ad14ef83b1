import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import { shortHash, timeOfDay } from '../ui/text.ts'
import type { ActId } from './acts.ts'

/** What is tied to the thread: a name, its value, and whether the value is a digest. */
export interface Tie {
  readonly id: string
  readonly title: string
  /** The whole value; null before it is there. */
  readonly value: string | null
  /** As it is shown. */
  readonly shown: string
  readonly strip: boolean
  readonly state: 'tied' | 'cut' | 'open'
  /** Where it comes from. */
  readonly act: ActId
}

/** Everything that has been tied to the thread of a run so far, and the places that wait. The thread is cut at most once. */
export function tiesOf(run: RunState): readonly Tie[] {
  const image = artifactOf(run, 'tampered-image') ?? artifactOf(run, 'pushed-image')
  const signature = artifactOf(run, 'signature')
  const entry = artifactOf(run, 'entry')
  const attestation = artifactOf(run, 'attestation')
  const fell = attestation?.denial?.gate
  const ties: Tie[] = [
    tie('image', 'Image', image?.digest, shortHash(image?.digest ?? ''), 'push', true),
    tie('container', 'Container', attestation?.containerId, shortHash(attestation?.containerId ?? ''), 'attest'),
    ...(signature !== undefined && fell !== 'signature'
      ? [
          tie('signer', 'Signer', signature.signer.subject, signature.signer.subject, 'sign'),
          tie(
            'certificate',
            'Certificate',
            signature.certificate.serial,
            certificateLife(signature.certificate),
            'certificate',
          ),
          tie('signature', 'Signed digest', signature.subject, shortHash(signature.subject), 'sign', true),
          tie(
            'log-entry',
            'Log entry',
            signature.logEntry.rootHash,
            `index ${signature.logEntry.logIndex} of ${signature.logEntry.treeSize}`,
            'log-entry',
          ),
        ]
      : [
          fell === 'signature'
            ? cut('signature', 'Signature', 'none for these bytes', 'attest')
            : tie('signature', 'Signature', undefined, '', 'sign'),
        ]),
    fell === 'entry'
      ? cut('entry', 'Entry', 'asks for somebody else', 'identity')
      : tie('entry', 'Entry', entry?.spiffeId, entry?.spiffeId ?? '', 'register'),
    tie(
      'svid',
      'SVID',
      attestation?.svid?.serial,
      `until ${timeOfDay(attestation?.svid?.notAfter ?? '')} UTC`,
      'identity',
    ),
  ]
  // The image comes first, whoever signs; the container only exists at the end, so it stands there in a good run.
  return order(ties, fell !== undefined)
}

function order(ties: readonly Tie[], denied: boolean): readonly Tie[] {
  const container = ties.filter(({ id }) => id === 'container')
  const rest = ties.filter(({ id }) => id !== 'container')
  const at = denied ? 1 : rest.length - 1
  const ordered = [...rest.slice(0, at), ...container, ...rest.slice(at)]
  const fallen = ordered.findIndex(({ state }) => state === 'cut')
  return fallen < 0
    ? ordered
    : ordered.map((each, index) => (index > fallen ? { ...each, value: null, state: 'open' } : each))
}

const certificateLife = ({ notBefore, notAfter }: { notBefore: string; notAfter: string }): string =>
  `${timeOfDay(notBefore)} to ${timeOfDay(notAfter)} UTC`

// oxlint-disable-next-line max-params -- a row of a table
const tie = (id: string, title: string, value: string | undefined, shown: string, act: ActId, strip = false): Tie => ({
  id,
  title,
  value: value ?? null,
  shown,
  strip,
  state: value === undefined ? 'open' : 'tied',
  act,
})

const cut = (id: string, title: string, shown: string, act: ActId): Tie => ({
  id,
  title,
  value: null,
  shown,
  strip: false,
  state: 'cut',
  act,
})
