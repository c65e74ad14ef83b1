import { placeInLog } from '../../src/core/domain/log/rekor-v1.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { whatRuns } from '../../src/core/workflow/what-runs.ts'
import { shortHash } from '../kit/text/text.ts'
import { type Times, timesIn } from '../kit/text/times.ts'
import type { ActId } from './acts.ts'
import { staleBecause } from './again.ts'
import { differsIn, isOtherIssuer } from './signer.ts'

/** A value on the thread: a name, its value, and whether the value is a digest. */
export interface Tie {
  readonly id: string
  readonly title: string
  /** The whole value; null before it is there. */
  readonly value: string | null
  /** As it is shown. */
  readonly shown: string
  readonly strip: boolean
  /** `stale`: added by a step whose result no longer holds. */
  readonly state: 'tied' | 'cut' | 'open' | 'stale'
  /** Where it comes from. */
  readonly act: ActId
}

/** Everything that is on a run's thread so far, and the places still empty. The thread is cut at most once. */
export function tiesOf(run: RunState, times: Times = timesIn('UTC')): readonly Tie[] {
  const attestation = artifactOf(run, 'attestation')
  const fell = attestation?.denial?.gate
  const container = attestation?.containerId ?? ''
  const until = times.timeOfDay(attestation?.svid?.notAfter ?? '')
  return faded(
    run,
    order(
      [
        imageTie(run),
        tie('container', 'Container', attestation?.containerId, shortHash(container), 'attest'),
        ...(fell === 'registry' ? [cut('registry', 'Registry', 'does not have these bytes', 'attest')] : []),
        ...signatureTies(run, fell === 'signature', times),
        ...(fell === 'launch' ? [cut('launch', 'Launch', 'another program was started', 'attest')] : []),
        entryTie(run, fell === 'entry'),
        tie('svid', 'SVID', attestation?.svid?.serial, `until ${until}`, 'identity'),
      ],
      fell !== undefined,
    ),
  )
}

/** What runs: by its digest, or if no registry has it by its image id. */
function imageTie(run: RunState): Tie {
  const image = whatRuns((kind) => artifactOf(run, kind))
  const runs = image?.digest ?? image?.imageId
  return tie('image', image?.digest === null ? 'Image id' : 'Image', runs, shortHash(runs ?? ''), 'push', true)
}

function entryTie(run: RunState, fell: boolean): Tie {
  const entry = artifactOf(run, 'entry')
  if (fell) return cut('entry', 'Entry', `requires another ${differsIn(run)}`, 'identity')
  return tie('entry', 'Entry', entry?.spiffeId, entry?.spiffeId ?? '', 'register')
}

/** What depends on a stale step is stale; a cut that no longer holds is dropped. */
const faded = (run: RunState, ties: readonly Tie[]): readonly Tie[] =>
  ties.map((each) =>
    each.state !== 'open' && staleBecause(run, stepOfTie(run, each)) !== null ? { ...each, state: 'stale' } : each,
  )

function stepOfTie(run: RunState, { id, state }: Tie): StepId {
  if (state === 'cut' || id === 'container' || id === 'svid') return 'attest'
  if (id === 'image') {
    if (artifactOf(run, 'impostor-image') !== undefined) return 'impersonate'
    return artifactOf(run, 'tampered-image') === undefined ? 'push' : 'tamper'
  }
  return id === 'entry' ? 'register' : 'sign'
}

function signatureTies(run: RunState, fell: boolean, { timeSpan }: Times): readonly Tie[] {
  const signature = artifactOf(run, 'signature')
  const copied = artifactOf(run, 'copied-signature') !== undefined
  if (fell) return [cut('signature', 'Signature', copied ? 'of another image' : 'none for these bytes', 'attest')]
  if (signature === undefined) return [tie('signature', 'Signature', undefined, '', 'sign')]
  const { signer, certificate, subject, logEntry } = signature
  const place = `index ${placeInLog(logEntry)}`
  return [
    tie('signer', 'Signer', signer.subject, signer.subject, 'sign'),
    ...(isOtherIssuer(run) ? [tie('issuer', 'Issuer', signer.issuer, signer.issuer, 'certificate')] : []),
    tie(
      'certificate',
      'Certificate',
      certificate.serial,
      timeSpan(certificate.notBefore, certificate.notAfter),
      'certificate',
    ),
    tie('signature', 'Signed digest', subject, shortHash(subject), 'sign', true),
    tie('log-entry', 'Log entry', logEntry.rootHash, place, 'log-entry'),
  ]
}

// In a good run the container only appears at the end; in a denied one the question begins with it.
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
