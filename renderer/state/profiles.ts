import type { Profile } from '../../src/core/workflow/profile.ts'
import { type ScenarioId, scenarioIdsWith, scenarios } from '../../src/core/workflow/scenarios.ts'

/** Where a story plays, in a word or two. */
export const profileName = ({ kind, title, public: isPublic }: Profile): string =>
  kind === 'sandbox' ? 'Sandbox' : isPublic ? 'PUBLIC' : title

/** What it means to tell a story with these services, in a sentence. */
export function profileMeans({ kind, public: isPublic }: Profile): string {
  if (kind === 'sandbox') return 'Sigstore, login and registry run on this machine, and nothing leaves it.'
  return isPublic
    ? 'Everybody can read what you push and sign, and what you sign is public for ever, with your name in it.'
    : 'Services that are there already. Who can read what you sign is up to those who run them.'
}

/** Why a scenario cannot be told with these services; null where it can. */
export const notWith = (id: ScenarioId, profile: Profile): string | null =>
  scenarioIdsWith(profile).includes(id)
    ? null
    : 'Not with these services: it needs a second login that the same Fulcio trusts, and only the sandbox has one.'

/** What a scenario changes; the people of the sandbox are in no other place. */
export const changedWith = (id: ScenarioId, { kind }: Profile): string =>
  id === 'wrong-signer' && kind !== 'sandbox'
    ? 'Somebody else signs than the registration entry asks for.'
    : scenarios[id].changed
