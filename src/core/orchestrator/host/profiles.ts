import { join } from 'node:path'
import type { Change } from '../../contract/changes.ts'
import type { ListedProfile } from '../../contract/contract.ts'
import { ok, type Result } from '../../domain/result.ts'
import type { Check } from '../../domain/verdict.ts'
import type { ProfileCheckId } from '../../profiles/check-profile.ts'
import { checkProfile } from '../../profiles/check-profile.ts'
import { profileSummary } from '../../profiles/profile-summary.ts'
import {
  asksFor,
  choicesOf,
  type ProfilePlaces,
  type ProfileSettings,
  parseProfileText,
  profileEnvironment,
  profileNames,
  readProfile,
  readProfileText,
} from '../../profiles/read-profile.ts'
import type { Profile } from '../../workflow/profile.ts'

/** The profiles of a host, and the active one. */
export class HostProfiles {
  readonly places: ProfilePlaces
  readonly #cache: string
  readonly #publish: (change: Change) => void
  #settings: ProfileSettings

  constructor(settings: ProfileSettings, places: ProfilePlaces, cache: string, publish: (change: Change) => void) {
    this.#settings = settings
    this.places = places
    this.#cache = cache
    this.#publish = publish
  }

  get settings(): ProfileSettings {
    return this.#settings
  }

  get summary(): Profile {
    return profileSummary(this.#settings)
  }

  use(settings: ProfileSettings): void {
    this.#settings = settings
    this.#publish({ kind: 'profile', profile: this.summary })
  }

  read = (name: string): Promise<Result<ProfileSettings>> => readProfile(name, this.places)

  async text(name: string): Promise<Result<{ text: string }>> {
    const read = await readProfileText(name, this.places)
    return read.ok ? ok({ text: read.value.text }) : read
  }

  /** All profiles; a broken one does not hide the others. */
  async list(): Promise<{ profiles: ListedProfile[]; folder: string }> {
    const names = await profileNames(this.places)
    const profiles = await Promise.all(names.map((name) => this.#listed(name)))
    return { profiles, folder: join(this.places.config, 'profiles') }
  }

  /** The results of checking a profile's services; empty for the sandbox, whose services do not exist yet. */
  async check(name: string, signal: AbortSignal): Promise<Result<{ checks: Check<ProfileCheckId>[] }>> {
    const profile = await this.read(name)
    if (!profile.ok) return profile
    if (profile.value.kind === 'sandbox') return ok({ checks: [] })
    const { env } = this.places
    const { checks } = await checkProfile({ profile: profile.value, cache: this.#cache, env, signal })
    return ok({ checks: [...checks] })
  }

  async #listed(name: string): Promise<ListedProfile> {
    const text = await readProfileText(name, this.places)
    if (!text.ok) return { name, profile: null, ships: false, asks: [], problem: text.error }
    const { ships, file } = text.value
    const written = parseProfileText(text.value.text, file)
    if (!written.ok) return { name, profile: null, ships, asks: [], problem: written.error }
    const env = profileEnvironment(name, this.places)
    const set = (each: string): string | null => (env.ok ? env.value[each] : null) ?? null
    const asks = [
      ...asksFor(written.value).map((each) => ({ name: each, value: set(each) })),
      ...choicesOf(written.value).map(({ name: each, usual }) => ({ name: each, value: set(each) || usual })),
    ]
    const read = await this.read(name)
    const profile = profileSummary({ ...written.value, name })
    return { name, profile, ships, asks, problem: read.ok ? null : read.error }
  }
}
