import type { Check, Verdict } from '../../src/core/domain/verdict.ts'
import type { AttestationArtifact } from '../../src/core/workflow/artifacts.ts'
import { artifactOf, type RunState, type StepState } from '../../src/core/workflow/reducer.ts'
import { type StepId, steps } from '../../src/core/workflow/steps.ts'
import { seconds, shortHash } from '../ui/text.ts'
import { type Act, type ActId, stepOf } from './acts.ts'
import { recompute } from './proof.ts'
import { isOtherIssuer } from './signer.ts'

/** What has just become true, and one sentence of why. */
export interface Headline {
  readonly headline: string
  readonly why: string
}

/** The headline of an act as the run stands now. Pure. */
export function headlineOf(run: RunState, act: Act): Headline {
  if (act.id === 'map') return mapHeadline(run)
  const { status } = stepOf(run, act)
  const explains = steps[act.step].explains
  switch (status.state) {
    case 'blocked':
    case 'ready':
      return { headline: `Not yet: ${lower(steps[act.step].title)}`, why: explains }
    case 'running':
      return { headline: doing[act.step], why: explains }
    case 'waiting':
      return asking(act.step, status)
    case 'cancelling':
      return { headline: 'Stopping', why: 'The step ends what it has started, and leaves nothing running.' }
    case 'failed':
      return { headline: status.error.what.replace(/\.$/, ''), why: explains }
    case 'cancelled':
      if (act.step === 'consent')
        return { headline: 'Nothing was published', why: 'Nothing has left this machine: no push, no signature.' }
      return { headline: `Cancelled: ${lower(steps[act.step].title)}`, why: status.reason }
    case 'skipped':
      return { headline: `Left out: ${lower(steps[act.step].title)}`, why: `Here ${status.reason}.` }
    case 'stale':
      return {
        headline: `Out of date: ${lower(steps[act.step].title)}`,
        why: `Since then this was done again: ${lower(steps[status.because].title)}. What stood here stays, dimmed, until it is done again too.`,
      }
    case 'passed':
    case 'refused':
    case 'reused':
      return done(run, act)
    default:
      return { headline: steps[act.step].title, why: explains }
  }
}

/** What a person is waited for, and why it takes one. */
function asking(step: StepId, { what, address }: Extract<StepState, { readonly state: 'waiting' }>): Headline {
  if (step === 'sign')
    return address === null
      ? {
          headline: 'Who signs?',
          why: 'cosign has opened the login, and waits. Log in in its window, or here; Fulcio will vouch for whoever does.',
        }
      : {
          headline: 'Your browser shows the login',
          why: 'cosign has opened it, and waits. Fulcio will vouch for whoever logs in there.',
        }
  return questions[step] ?? { headline: 'Waiting for you', why: what }
}

const questions: Readonly<Partial<Record<StepId, Headline>>> = {
  consent: {
    headline: 'Shall this become public?',
    why: 'Nothing has left this machine yet. Everybody will be able to read what stands here, and what a log records stays for ever.',
  },
  'given-agent': {
    headline: 'Is the attestor loaded?',
    why: 'This agent is not ours: its operator loads the attestor into it, with this configuration.',
  },
  register: {
    headline: 'Somebody has to write the rule down',
    why: 'This SPIRE server is not ours: its operator registers the workload, with this command.',
  },
}

function mapHeadline(run: RunState): Headline {
  const why = 'Each party writes down what it saw, and believes none of the others. Press one to see what it passed on.'
  if (run.outcome === 'svid') return { headline: 'One value went from hand to hand', why }
  if (run.outcome === 'denied') return { headline: 'The thread is cut, and everybody can see where', why }
  return { headline: 'How far the thread has come', why }
}

/** A title inside a sentence; a name that is written in capitals stays. */
export const lower = (title: string): string => `${title.charAt(0).toLowerCase()}${title.slice(1)}`

const doing: Readonly<Record<StepId, string>> = {
  preflight: 'Looking at this machine',
  sandbox: 'Starting a Sigstore on this machine',
  connect: 'Asking the services',
  build: 'Docker builds the image',
  consent: 'Asking what may become public',
  push: 'Docker pushes the image',
  sign: 'cosign signs the digest',
  verify: 'Checking every proof',
  tamper: 'Somebody pushes other content',
  'copy-signature': 'Somebody copies the signature',
  impersonate: 'Somebody builds an impostor',
  borrow: 'Somebody changes the program',
  'spire-server': 'Starting the SPIRE server',
  'given-server': 'Looking at the SPIRE server',
  'spire-agent': 'Starting the SPIRE agent',
  'given-agent': 'Looking at the SPIRE agent',
  register: 'Writing the rule down',
  attest: 'The workload asks who it is',
}

/** The headlines of acts whose step explains the rest. */
const doneWords: Readonly<Partial<Record<ActId, string>>> = {
  preflight: 'This machine can do it',
  sandbox: 'A whole Sigstore runs on this machine',
  connect: 'The services are there, and belong together',
  consent: 'Somebody agreed to what becomes public',
  build: 'There is an image that never was before',
  tamper: 'Same name, other bytes',
  'copy-signature': 'A good signature, beside the wrong image',
  impersonate: 'Same name, and no registry knows it',
  'given-server': 'The authority runs already',
  'spire-agent': 'The agent answers workloads on this machine',
  'given-agent': 'The agent answers workloads on this machine',
  register: 'The rule stands before anybody asks',
}

/** The headlines of acts that have more to tell. */
const told: Readonly<Partial<Record<ActId, (run: RunState, act: Act) => Headline>>> = {
  map: (run) => mapHeadline(run),
  push: () => ({
    headline: 'The image has a name that cannot move',
    why: 'The registry answered with the digest of its manifest. Whoever asks for this digest gets these bytes or nothing.',
  }),
  sign: () => ({
    headline: 'Signed, and everybody can know',
    why: 'A person proved once who they are. Four parties wrote it down, each without trusting the others.',
  }),
  certificate: (run) => certificateHeadline(run),
  'log-entry': (run) => logHeadline(run),
  verify: (run) => verifyHeadline(run),
  borrow: () => ({
    headline: 'Another program, for the signed image',
    why: 'The image stays as it was signed. Only what is started in it will be another program.',
  }),
  'spire-server': (run) => ({
    headline: `There is an authority for ${artifactOf(run, 'trust-domain')?.trustDomain ?? 'the trust domain'}`,
    why: steps['spire-server'].explains,
  }),
  attest: (run, act) => attestHeadline(run, act),
  identity: (run, act) => attestHeadline(run, act),
}

const done = (run: RunState, act: Act): Headline =>
  told[act.id]?.(run, act) ?? { headline: doneWords[act.id] ?? steps[act.step].title, why: steps[act.step].explains }

const life = (valid: { readonly notBefore: string; readonly notAfter: string } | undefined): string =>
  valid === undefined ? 'a short time' : seconds(Date.parse(valid.notAfter) - Date.parse(valid.notBefore))

function certificateHeadline(run: RunState): Headline {
  const signature = artifactOf(run, 'signature')
  return {
    headline: `Fulcio vouches for ${signature?.signer.subject ?? 'the signer'}`,
    why: `For ${life(signature?.certificate)}, for one key that was used once and thrown away. Nobody had to keep a secret.`,
  }
}

function logHeadline(run: RunState): Headline {
  const entry = artifactOf(run, 'signature')?.logEntry
  if (entry === undefined) return { headline: 'There is no entry in the log', why: steps.sign.explains }
  if (recompute(entry)?.holds !== true) {
    return {
      headline: 'The log is not proved to hold this entry',
      why: `Entry ${entry.proofIndex} in a tree of ${entry.treeSize}: its hashes do not lead to the root that the log signed.`,
    }
  }
  const count = entry.proofHashes.length
  const proof =
    count === 0
      ? 'The tree has one leaf: the leaf is the root, and no other hash is needed.'
      : `${count} ${count === 1 ? 'hash proves' : 'hashes prove'} that it is in the log; anybody can compute them again, and this window just did.`
  return {
    headline: 'The log remembers the signature for ever',
    why: `Entry ${entry.proofIndex} in a tree of ${entry.treeSize}. ${proof}`,
  }
}

function verifyHeadline(run: RunState): Headline {
  const verification = artifactOf(run, 'verification')
  const checks = verification?.checks ?? []
  const failed = checks.filter(({ verdict }) => verdict === 'failed')
  const first = failed.find(({ id }) => id === 'signer') ?? failed[0]
  if (verification === undefined || first === undefined) {
    return { headline: 'Every proof holds', why: steps.verify.explains }
  }
  const signer = artifactOf(run, 'signature')?.signer
  const bySigner = first.id === 'signer'
  // cosign is asked for the expected signer, so another one makes it fail too.
  const sameReason = ({ id, found }: Check): boolean =>
    id === 'cosign' && signer !== undefined && [signer.subject, signer.issuer].some((name) => found.includes(name))
  const others = checks.filter((check) => check.id !== 'signer' && !(bySigner && sameReason(check)))
  const count = others.filter(({ verdict }) => verdict === 'failed').length
  if (!bySigner || count > 0) {
    const headline =
      failed.length === 1 ? `The check "${first.id}" failed` : `${count + (bySigner ? 1 : 0)} checks failed`
    const rest = restOf(checks.filter((check) => check !== first && !(bySigner && sameReason(check))))
    return { headline, why: `Expected: ${first.expected}. Found: ${first.found}. ${rest}` }
  }
  const cosignToo = checks.some((check) => check.verdict === 'failed' && sameReason(check))
  const rest = `${cosignToo ? 'cosign refuses it for that reason. ' : ''}${restOf(others)}`
  const expected = verification.expectedSigner
  return isOtherIssuer(run)
    ? {
        headline: 'Right signature, wrong issuer',
        why: `The signer is ${signer?.subject ?? 'unknown'}, as ${signer?.issuer ?? 'another issuer'} says. Expected was the issuer ${expected.issuer}. ${rest}`,
      }
    : {
        headline: 'Right signature, wrong person',
        why: `${signer?.subject ?? 'Somebody else'} signed. ${expected.subject} was expected. ${rest}`,
      }
}

/** What became of the other checks, in a sentence. */
function restOf(others: readonly Check[]): string {
  const named = (words: string, verdicts: readonly Verdict[]): readonly string[] => {
    const ids = others.filter(({ verdict }) => verdicts.includes(verdict)).map(({ id }) => id)
    return ids.length === 0 ? [] : [`${words}: ${ids.join(', ')}.`]
  }
  const sentences = [
    ...named('Failed too', ['failed', 'not-present']),
    ...named('Could not be checked', ['could-not-check']),
    ...named('Not checked', ['not-checked']),
  ]
  return sentences.length === 0 ? 'Every other check passed.' : sentences.join(' ')
}

function attestHeadline(run: RunState, act: Act): Headline {
  const attestation = artifactOf(run, 'attestation')
  if (attestation === undefined) return { headline: steps.attest.title, why: steps.attest.explains }
  const { pid } = attestation.decision
  if (attestation.svid !== null) {
    return act.id === 'identity'
      ? {
          headline: `This workload is ${attestation.svid.spiffeId}`,
          why: 'It has everything that the registration entry asks for. The key never left its memory.',
        }
      : {
          headline: 'The workload gets its identity',
          why: `The SPIRE agent asked who is behind process ${pid}. The attestor followed the thread from the process to the person who signed its image.`,
        }
  }
  return { headline: 'No identity for this container', why: denialWhy(run) }
}

/** Why a run was denied, in one or two sentences: from the gate that failed and what was found there, never from the scenario. */
export function denialWhy(run: RunState): string {
  const attestation = artifactOf(run, 'attestation')
  const denial = run.denial ?? attestation?.denial
  if (denial === null || denial === undefined) return steps.attest.explains
  const { gate, found } = denial
  switch (gate) {
    case 'registry':
      return `${sameName(run)}No registry that the attestor asks has these bytes.`
    case 'signature':
      return `${sameName(run)}${unsignedWhy(attestation)}`
    case 'launch':
      return `The image is the signed one. What was started is not what was signed${shortReason(found)}.`
    case 'entry':
      return entryWhy(run)
    case 'container':
    case 'image':
    case 'signer':
      return `The gate "${gate}" failed: ${found}.`
  }
}

function unsignedWhy(attestation: AttestationArtifact | undefined): string {
  const beside = attestation?.decision.rejectedBundles[0]
  return beside !== undefined
    ? `There is a signature beside it that does not count: ${lower(beside.reason)}`
    : `Nobody signed ${shortHash(attestation?.image.digest ?? '')}, so nothing says who made it.`
}

/** A long reason stands at the gate itself, right below. */
const shortReason = (found: string): string => (found.length <= 60 ? `: ${found}` : '')

/** Said where it is so: another image runs under the name of the signed one. */
function sameName(run: RunState): string {
  const [signed, ran] = [artifactOf(run, 'pushed-image'), artifactOf(run, 'attestation')?.image]
  if (signed === undefined || ran === undefined || ran.digest === signed.digest) return ''
  const same = ran.repository === signed.repository && ran.tag === signed.tag
  return same ? 'It has the same name and tag as the signed image, but other bytes. ' : ''
}

/** The signature counts, and is not what the registration entry asks for. */
function entryWhy(run: RunState): string {
  const signer = artifactOf(run, 'signature')?.signer
  if (signer === undefined) return `The entry asks for something else: ${run.denial?.found ?? 'not known'}.`
  return isOtherIssuer(run)
    ? `The name is right, but issued by ${signer.issuer}. The entry asks for another issuer.`
    : `${signer.subject} signed it, and the signature is valid. The entry asks for somebody else.`
}
