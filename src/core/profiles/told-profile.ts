import { type Profile, sandboxProfile } from '../workflow/profile.ts'
import type { ProfileSettings } from './read-profile.ts'

/** What everybody who tells the story knows of a profile. */
export function toldProfile(settings: ProfileSettings): Profile {
  const { name, title } = settings
  if (settings.kind === 'sandbox') return { ...sandboxProfile, name, title }
  const { spire } = settings
  return {
    name,
    title,
    kind: 'services',
    public: settings.public,
    spire: spire === 'ours' ? 'ours' : 'agentSocket' in spire ? 'agent' : 'server',
  }
}
