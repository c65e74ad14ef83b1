/** Variables that are meant for this program and would change what another Electron or Node program does. */
const ours = ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS', 'NODE_CHANNEL_FD'] as const

/**
 * The user's whole environment, for a program that is run on the user's behalf, such as a credential helper, which may
 * need variables of any name.
 */
export function userEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const all = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return Object.fromEntries(all.filter(([name]) => !ours.some((each) => each === name)))
}
