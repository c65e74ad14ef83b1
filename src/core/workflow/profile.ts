/** With which services a story is told, as everybody who tells it knows them. What is in a profile's file is `profiles/`. */
export interface Profile {
  /** As `--profile` names it. */
  readonly name: string
  readonly title: string
  /** `sandbox`: everything on this machine, started by this program. `services`: what is there already. */
  readonly kind: 'sandbox' | 'services'
  /** Whether what is signed is public for ever. */
  readonly public: boolean
  /** Whose SPIRE gives the identity: one of ours, or a server or an agent that runs already. */
  readonly spire: 'ours' | 'server' | 'agent'
}

/** What a profile can be called: the name of its file, and a word on a command line. */
export const profileName = /^[a-z0-9][a-z0-9-]{0,40}$/

/** Everything on this machine. */
export const sandboxProfile: Profile = {
  name: 'sandbox',
  title: 'Sandbox',
  kind: 'sandbox',
  public: false,
  spire: 'ours',
}
