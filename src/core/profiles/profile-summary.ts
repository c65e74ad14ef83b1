import { type Profile, sandboxProfile } from '../workflow/profile.ts'
import type { ProfileFile } from './profile-schema.ts'

/** The public facts of a profile, shown in every front end. */
export function profileSummary(settings: ProfileFile & { readonly name: string }): Profile {
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
