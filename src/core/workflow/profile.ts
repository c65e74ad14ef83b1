import * as z from 'zod'
import type { RenamedKey } from '../domain/renamed-keys.ts'
import { flag, record, text } from '../domain/shapes.ts'

/** A profile's name: the name of its file, and a word on a command line. */
export const profileName = /^[a-z0-9][a-z0-9-]{0,40}$/

/** The environment of a run, as everything outside `profiles/` knows it. What is in a profile's file is in `profiles/`. */
export const profileSchema = record({
  /** As `--profile` names it. */
  name: z.string().regex(profileName, 'the name of a profile'),
  title: text,
  /** `sandbox`: everything on this machine, started by this program. `services`: existing ones. */
  kind: z.enum(['sandbox', 'services']),
  /** Whether what is signed is permanently public. */
  public: flag,
  /** Whose SPIRE issues the SVID: one of ours, or an existing server or agent. */
  spire: z.enum(['ours', 'server', 'agent']),
})
export type Profile = z.output<typeof profileSchema>

/** Keys of a profile's file that have a new name: the old ones are still read. */
export const renamedProfileKeys: readonly RenamedKey[] = [{ within: ['registry'], old: 'tlsAuthority', now: 'caFile' }]

/** Everything on this machine. */
export const sandboxProfile: Profile = {
  name: 'sandbox',
  title: 'Sandbox',
  kind: 'sandbox',
  public: false,
  spire: 'ours',
}
