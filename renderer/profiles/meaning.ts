import type { ListedProfile, OutputOf } from '../../src/core/contract/contract.ts'
import type { AppError } from '../../src/core/domain/app-error.ts'
import type { Profile } from '../../src/core/workflow/profile.ts'
import { type ScenarioId, scenarioIdsWith, scenarios } from '../../src/core/workflow/scenarios.ts'

/** The environment, in a word or two. */
export const placeName = ({ kind, title, public: isPublic }: Profile): string =>
  kind === 'sandbox' ? 'Sandbox' : isPublic ? 'PUBLIC' : title

/** What it means to run a story in this environment, in a sentence. */
export function profileMeans({ kind, public: isPublic }: Profile): string {
  if (kind === 'sandbox') return 'Sigstore, login and registry run on this machine, and nothing leaves it.'
  return isPublic
    ? 'Everyone can read what you push and sign, and what you sign is public for ever, with your name in it.'
    : 'Services that are there already. Who can read what you sign is up to those who run them.'
}

/** Why a scenario cannot run in this environment; null if it can. */
export const notWith = (id: ScenarioId, profile: Profile): string | null =>
  scenarioIdsWith(profile).includes(id)
    ? null
    : `Not with these services: it needs ${scenarios[id].onlySandbox}, and only the sandbox has one.`

/** How far the check of a profile's services is. */
export type Looked =
  | { readonly state: 'asking' }
  | { readonly state: 'asked'; readonly checks: OutputOf<'checkProfile'>['checks'] }
  | { readonly state: 'failed'; readonly error: AppError }

/** The profiles in the order in which they are offered: the sandbox, the shipped ones, the user's own. */
export const sandboxFirst = (profiles: readonly ListedProfile[]): readonly ListedProfile[] =>
  profiles.toSorted((one, other) => rank(one) - rank(other))

const rank = ({ profile, ships }: ListedProfile): number => (profile?.kind === 'sandbox' ? 0 : ships ? 1 : 2)

/** The label for a value that a profile leaves open: its name in plain words, and its consequence. */
export function askedFor(variable: string, profile: Profile | null): readonly [label: string, hint: string] {
  if (variable === 'DOCKER_USER')
    return ['Your name at Docker Hub', 'The image will be below it, for everyone to pull.']
  if (variable === 'SIGSTORE_SUBJECT')
    return [
      'Your e-mail address, as your login knows it',
      profile?.public === true
        ? 'It will stand in the certificate, public for ever.'
        : 'It will stand in the certificate.',
    ]
  if (variable === 'SIGSTORE_PROVIDER')
    return ['Who confirms who you are', 'github, google or microsoft: your login goes there.']
  return [`Value for ${variable}`, `It goes where the profile says \${${variable}}.`]
}
