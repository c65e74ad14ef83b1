import { gateTable } from '../../../src/core/domain/gate.ts'
import type { SignatureArtifact } from '../../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState } from '../../../src/core/workflow/reducer.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import { shortHash } from '../../kit/text/text.ts'
import { type Times, timesIn } from '../../kit/text/times.ts'
import { type ActId, stepOfAct } from '../../state/acts.ts'
import { staleBecause } from '../../state/again.ts'
import { isOtherIssuer, shortSubject } from '../../state/signer.ts'
import { promisedTime } from '../log-entry/facts.ts'

/** A party of the story, in the order in which the thread passes it. */
export interface Station {
  readonly id: string
  readonly name: string
  /** What it does, and once the thread is there, what it passed on. */
  readonly says: string
  readonly state: 'reached' | 'cut' | 'open' | 'stale'
  /** Where it can be looked at. */
  readonly act: ActId
  /** What it got from the one before; null while nothing has passed. */
  readonly got: Hop | null
}

/** What passed from one party to the next: a word for it, and the value where it has one. */
export interface Hop {
  readonly what: string
  readonly value: string | null
  /** As it is shown. */
  readonly shown: string
  /** The artifact that it stands in. */
  readonly act: ActId
}

/** All parties, with what has passed between them so far. */
export function stationsOf(run: RunState, times: Times = timesIn('UTC')): readonly Station[] {
  const image = artifactOf(run, 'pushed-image')
  const signature = artifactOf(run, 'signature')
  const attestation = artifactOf(run, 'attestation')
  const entry = artifactOf(run, 'entry')
  const stale = (act: ActId): boolean => staleBecause(run, stepOfAct(act)) !== null
  const gate = stale('attest') ? undefined : attestation?.denial?.gate
  const fell = gate === undefined ? undefined : gateTable[gate].cutAt
  const signed = signature !== undefined
  const promised = signature === undefined ? null : promisedInstead(signature)
  const rows: readonly (readonly [id: string, name: string, says: string, reached: boolean, act: ActId])[] = [
    ['you', 'You', 'start the story', true, 'preflight'],
    ['docker', 'Docker', 'builds the image', artifactOf(run, 'built-image') !== undefined, 'build'],
    ['registry', 'Registry', image ? shortHash(image.digest, 4) : 'stores it', image !== undefined, 'push'],
    [
      'login',
      isOtherIssuer(run) ? 'Another login' : 'Login',
      signature ? shortSubject(signature.signer.subject) : 'who are you?',
      signed,
      'sign',
    ],
    ['fulcio', 'Fulcio', 'certifies a key', signed, 'certificate'],
    ['ct-log', 'CT log', 'knows the certificate', signed, 'certificate'],
    promised === null
      ? ['timestamp', 'Timestamp', 'says when', signed && signature.timestamp !== null, 'sign']
      : ['timestamp', 'Rekor’s clock', 'says when', true, 'log-entry'],
    ['rekor', 'Rekor', signature ? `entry ${signature.logEntry.logIndex}` : 'knows the signature', signed, 'log-entry'],
    ['bundle', 'Registry', 'bundle beside the image', signed, 'verify'],
    [
      'server',
      'SPIRE server',
      entry ? 'knows the rule' : 'signs identities',
      artifactOf(run, 'trust-domain') !== undefined,
      'register',
    ],
    [
      'agent',
      'SPIRE agent',
      'asks who this is',
      artifactOf(run, 'agent') !== undefined,
      oneOf(run, 'spire-agent', 'given-agent'),
    ],
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
  const hops = hopsOf(run, times)
  return rows.map(([id, name, says, reached, act], at) => ({
    id,
    name,
    says: at === cut ? 'the thread is cut here' : says,
    state: at === cut ? 'cut' : reached && (cut < 0 || at < cut) ? (stale(act) ? 'stale' : 'reached') : 'open',
    act,
    got: reached && (cut < 0 || at <= cut) ? (hops[id] ?? null) : null,
  }))
}

/** Whichever of these steps the run has; SPIRE is ours, or was there already. */
const oneOf = (run: RunState, first: StepId, ...others: readonly StepId[]): StepId =>
  [first, ...others].find((step) => run.steps.some(({ id }) => id === step)) ?? first

/** When Rekor v1 says it added the entry, if no timestamp says it. */
const promisedInstead = ({ timestamp, bundleJson }: SignatureArtifact): string | null =>
  timestamp === null ? promisedTime(bundleJson) : null

const pathOf = (spiffeId: string): string => spiffeId.replace(/^spiffe:\/\/[^/]*/, '')

const hop = (what: string, value: string | undefined, act: ActId, shown = value): Hop => ({
  what,
  value: value ?? null,
  shown: shown ?? '',
  act,
})

const short = (value: string | null | undefined): string => shortHash(value ?? '', 4)

/** By the party that got it. */
const hopsOf = (run: RunState, times: Times): Readonly<Record<string, Hop>> => ({
  ...imageHops(run),
  ...signatureHops(artifactOf(run, 'signature'), times),
  ...workloadHops(run, times),
})

function imageHops(run: RunState): Readonly<Record<string, Hop>> {
  const built = artifactOf(run, 'built-image')
  const image = artifactOf(run, 'pushed-image')
  return {
    docker: hop('a Dockerfile', built?.tag, 'build', ''),
    registry: hop('image', image?.imageId, 'push', short(image?.imageId)),
    login: hop('digest', image?.digest, 'push', short(image?.digest)),
  }
}

function signatureHops(signature: SignatureArtifact | undefined, { timeOfDay }: Times): Readonly<Record<string, Hop>> {
  if (signature === undefined) return {}
  const { signer, certificate, signedHash, logEntry } = signature
  const time = signature.timestamp ?? promisedInstead(signature)
  return {
    fulcio: hop('ID token of', signer.subject, 'sign', shortSubject(signer.subject)),
    'ct-log': hop('certificate', certificate.serial, 'certificate', short(certificate.serial)),
    timestamp: hop('signature', signedHash, 'log-entry', short(signedHash)),
    rekor: hop('time', time ?? undefined, signature.timestamp === null ? 'log-entry' : 'sign', timeOfDay(time ?? '')),
    bundle: hop('inclusion proof', logEntry.rootHash, 'log-entry', short(logEntry.rootHash)),
  }
}

function workloadHops(run: RunState, { timeOfDay }: Times): Readonly<Record<string, Hop>> {
  const domain = artifactOf(run, 'trust-domain')?.trustDomain
  const rule = artifactOf(run, 'entry')?.spiffeId
  const attestation = artifactOf(run, 'attestation')
  const { decision, svid } = attestation ?? {}
  return {
    server:
      rule === undefined
        ? hop('the name', domain, oneOf(run, 'spire-server', 'given-server', 'given-agent'))
        : hop('the rule for', rule, 'register', pathOf(rule)),
    agent: hop('trust bundle of', domain, oneOf(run, 'spire-agent', 'given-agent')),
    attestor: hop('process', decision === undefined ? undefined : String(decision.pid), 'attest'),
    cosign: hop('digest', decision?.imageDigest ?? undefined, 'attest', short(decision?.imageDigest)),
    workload: hop(svid ? 'SVID until' : 'SVID', svid?.serial, 'identity', timeOfDay(svid?.notAfter ?? '')),
  }
}
