import type { GateId } from '../domain/gate.ts'
import type { StepId } from './steps.ts'

/** The people of the sandbox's login page. The address is `<id>@sandbox.example`. */
export const personaIds = ['engineer', 'intern', 'outsider'] as const
export type PersonaId = (typeof personaIds)[number]

/** The mail address of a persona. */
export const personaEmail = (id: PersonaId): string => `${id}@sandbox.example`

/** The signer that the registration entry asks for, whoever signs. */
export const expectedPersona: PersonaId = 'engineer'

/** How a run ended. `denied` is a claim with proof; whatever could not be proved is `failed`. */
export type RunOutcome = 'svid' | 'denied' | 'failed' | 'cancelled'

/** What a scenario has to end with to be as expected. */
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
  readonly expected: Expectation
  /** Optional steps that this scenario has. */
  readonly adds: readonly StepId[]
  /** Steps of the story that this scenario leaves out, with the reason that is shown. */
  readonly skips: Readonly<Partial<Record<StepId, string>>>
  readonly signs: PersonaId | null
  /** How the container names its image. */
  readonly runsBy: 'digest' | 'tag'
  /** Steps that are meant to end in a refusal here. */
  readonly refusals: readonly StepId[]
}

export const scenarioIds = ['signed', 'unsigned', 'tampered', 'wrong-signer'] as const
export type ScenarioId = (typeof scenarioIds)[number]

const unsigned = 'this image is left unsigned'

/** All scenarios in the order in which they are told. */
export const scenarios: Readonly<Record<ScenarioId, Scenario>> = {
  signed: {
    id: 'signed',
    title: 'Signed',
    changed: 'Nothing is changed: the expected person signs, and the container runs by digest.',
    expected: { outcome: 'svid', gate: null },
    adds: [],
    skips: {},
    signs: 'engineer',
    runsBy: 'digest',
    refusals: [],
  },
  unsigned: {
    id: 'unsigned',
    title: 'Unsigned',
    changed: 'Nobody signs the image.',
    expected: { outcome: 'denied', gate: 'signature' },
    adds: [],
    skips: { sign: unsigned, verify: unsigned },
    signs: null,
    runsBy: 'digest',
    refusals: ['attest'],
  },
  tampered: {
    id: 'tampered',
    title: 'Tampered',
    changed:
      'After the signature is verified, other content is pushed under the same tag, and the container runs by tag.',
    expected: { outcome: 'denied', gate: 'signature' },
    adds: ['tamper'],
    skips: {},
    signs: 'engineer',
    runsBy: 'tag',
    refusals: ['attest'],
  },
  'wrong-signer': {
    id: 'wrong-signer',
    title: 'Wrong signer',
    changed: 'The intern signs; the registration entry asks for the engineer.',
    expected: { outcome: 'denied', gate: 'entry' },
    adds: [],
    skips: {},
    signs: 'intern',
    runsBy: 'digest',
    refusals: ['verify', 'attest'],
  },
}
