import type { GateId } from '../domain/gate.ts'
import type { Profile } from './profile.ts'
import type { StepId } from './steps.ts'

/** The people of the sandbox's login page. The address is `<id>@sandbox.example`. */
export const personIds = ['engineer', 'intern', 'outsider'] as const
export type PersonId = (typeof personIds)[number]

/** Who can sign in the sandbox: its people, who log in, and its build system, which gets a token without a login. */
export const personaIds = [...personIds, 'ci'] as const
export type PersonaId = (typeof personaIds)[number]

/** The mail address of a person. */
export const personaEmail = (id: PersonId): string => `${id}@sandbox.example`

/** The signer that the registration entry requires, whoever signs. */
export const expectedPersona: PersonId = 'engineer'

/** How a run ended. `denied` is a claim with proof; anything without proof is `failed`. */
export const runOutcomes = ['svid', 'denied', 'failed', 'cancelled'] as const
export type RunOutcome = (typeof runOutcomes)[number]

/** The outcome that a scenario must have to be as expected. */
export interface Expectation {
  readonly outcome: 'svid' | 'denied'
  readonly gate: GateId | null
}

/** The same story with one thing changed. */
export interface Scenario {
  readonly id: ScenarioId
  readonly title: string
  /** One sentence: what is different. */
  readonly changed: string
  /** The button that runs it for the first time, and the one that runs it again. */
  readonly buttons: { readonly first: string; readonly again: string }
  readonly expected: Expectation
  /** Optional steps that this scenario adds. */
  readonly adds: readonly StepId[]
  /** Steps of the story that this scenario leaves out, with the reason that is shown. */
  readonly skips: Readonly<Partial<Record<StepId, string>>>
  readonly signs: PersonId | null
  /** The signer's OIDC issuer. The registration entry requires the first one, whichever is used. */
  readonly loginAt: 'issuer' | 'second-issuer'
  /** Where the image is pushed. The registration entry requires the story's own repository, whichever is used. */
  readonly repository: 'story' | 'other'
  /** Why it runs in the sandbox only, after "it needs"; null where it runs with every profile. */
  readonly onlySandbox: string | null
  /** How the container names its image. */
  readonly runsBy: 'digest' | 'tag'
  /** Steps that are meant to be refused here. */
  readonly refusals: readonly StepId[]
}

export const scenarioIds = [
  'signed',
  'unsigned',
  'impostor',
  'tampered',
  'borrowed-signature',
  'wrong-signer',
  'wrong-issuer',
  'other-image',
  'borrowed-image',
] as const
export type ScenarioId = (typeof scenarioIds)[number]

const unsigned = 'this image is left unsigned'

/** The good story; each attack names what differs from it. */
const good = {
  adds: [],
  skips: {},
  signs: expectedPersona,
  loginAt: 'issuer',
  repository: 'story',
  onlySandbox: null,
  runsBy: 'digest',
  refusals: ['attest'],
} as const

/**
 * All scenarios in the order in which they are shown: each attack looks more like the good story than the one before.
 */
export const scenarios: Readonly<Record<ScenarioId, Scenario>> = {
  signed: {
    ...good,
    id: 'signed',
    title: 'Signed',
    changed: 'Nothing is changed: the expected person signs, the container runs by digest.',
    buttons: { first: 'Run the story', again: 'Run the story again' },
    expected: { outcome: 'svid', gate: null },
    refusals: [],
  },
  unsigned: {
    ...good,
    id: 'unsigned',
    title: 'Unsigned',
    changed: 'The image is not signed.',
    buttons: { first: 'Now leave the image unsigned', again: 'Again, unsigned' },
    expected: { outcome: 'denied', gate: 'signature' },
    skips: { sign: unsigned, verify: unsigned },
    signs: null,
  },
  impostor: {
    ...good,
    id: 'impostor',
    title: 'Impostor',
    changed: 'Another image takes the very same name on this machine, and is never pushed.',
    buttons: { first: 'Now let an impostor run', again: 'Let the impostor run again' },
    expected: { outcome: 'denied', gate: 'registry' },
    adds: ['impersonate'],
    runsBy: 'tag',
  },
  tampered: {
    ...good,
    id: 'tampered',
    title: 'Tampered',
    changed: 'Once the signature is verified, other content is pushed under the same tag.',
    buttons: { first: 'Now tamper with the image', again: 'Tamper again' },
    expected: { outcome: 'denied', gate: 'signature' },
    adds: ['tamper'],
    runsBy: 'tag',
  },
  'borrowed-signature': {
    ...good,
    id: 'borrowed-signature',
    title: 'Borrowed signature',
    changed: 'Other content is pushed under the same tag, and the valid signature is copied to it.',
    buttons: { first: 'Now copy the signature too', again: 'Copy the signature again' },
    expected: { outcome: 'denied', gate: 'signature' },
    adds: ['tamper', 'copy-signature'],
    runsBy: 'tag',
  },
  'wrong-signer': {
    ...good,
    id: 'wrong-signer',
    title: 'Wrong signer',
    changed: 'Another person signs than the one whom the registration entry names.',
    buttons: { first: 'Now let the intern sign', again: 'Let the intern sign again' },
    expected: { outcome: 'denied', gate: 'entry' },
    signs: 'intern',
    refusals: ['verify', 'attest'],
  },
  'wrong-issuer': {
    ...good,
    id: 'wrong-issuer',
    title: 'Wrong issuer',
    changed: 'The right mail address signs, issued by another OIDC provider that Fulcio trusts too.',
    buttons: { first: 'Now ask another issuer', again: 'Ask the other issuer again' },
    expected: { outcome: 'denied', gate: 'entry' },
    loginAt: 'second-issuer',
    onlySandbox: 'a second OIDC provider that the same Fulcio trusts',
    refusals: ['verify', 'attest'],
  },
  'other-image': {
    ...good,
    id: 'other-image',
    title: 'Other image',
    changed: 'The expected person signs another image, which is in another repository.',
    buttons: { first: 'Now run another signed image', again: 'Run the other image again' },
    expected: { outcome: 'denied', gate: 'entry' },
    repository: 'other',
    onlySandbox: 'a second repository to push to',
  },
  'borrowed-image': {
    ...good,
    id: 'borrowed-image',
    title: 'Borrowed image',
    changed: 'The correctly signed image runs, with another program mounted over its own.',
    buttons: { first: 'Now start another program', again: 'Start another program again' },
    expected: { outcome: 'denied', gate: 'launch' },
    adds: ['borrow'],
  },
}

/** The repository of a scenario's image, beside the story's own. */
export const repositoryOf = ({ repository }: Pick<Scenario, 'repository'>, own: string): string =>
  repository === 'story' ? own : `${own}-other`

/** The scenarios that can run with a profile: some need what only the sandbox has. */
export const scenarioIdsWith = ({ kind }: Pick<Profile, 'kind'>): readonly ScenarioId[] =>
  scenarioIds.filter((id) => kind === 'sandbox' || scenarios[id].onlySandbox === null)
