import { tmpdir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

const name = 'sigstore-attestor'

/** Where things are stored (XDG base directories). All paths are absolute; none is created here. */
export interface Folders {
  /** What the user set. */
  readonly config: string
  /** Keys, logs, registry data, runs: outlives a session. */
  readonly state: string
  /** External programs: can be deleted at any time. */
  readonly cache: string
  /** Sockets, lock, pid files: short, because a socket path holds 107 characters. One per user and machine. */
  readonly runtime: string
}

/** The folders for this environment. A relative XDG value is ignored, as the XDG specification requires. */
export function folders(env: Readonly<NodeJS.ProcessEnv> = process.env): Folders {
  const base = (variable: string, fallback: string): string => {
    const value = env[variable]
    return join(value !== undefined && isAbsolute(value) ? value : join(homeFolder(env), fallback), name)
  }
  const runtimeBase = env['XDG_RUNTIME_DIR']
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    state: base('XDG_STATE_HOME', '.local/state'),
    cache: base('XDG_CACHE_HOME', '.cache'),
    runtime:
      runtimeBase !== undefined && isAbsolute(runtimeBase) && runtimeBase.length < 40
        ? join(runtimeBase, name)
        : join(tmpdir().length < 40 ? tmpdir() : '/tmp', `${name}-${process.geteuid?.()}`),
  }
}

/** The home directory: HOME, else the account's. Relative if neither names one, which is refused later. */
function homeFolder(env: Readonly<NodeJS.ProcessEnv>): string {
  const home = env['HOME'] ?? ''
  if (isAbsolute(home)) return home
  try {
    return userInfo().homedir
  } catch {
    // A user ID without an account, as in many containers.
    return ''
  }
}

/** Every place below the folders, by its purpose. */
export function places(base: Folders) {
  return {
    /** One record per running service: one machine and user, whatever state folder is in use. */
    pids: join(base.runtime, 'pids'),
    sandbox: join(base.state, 'sandbox'),
    /** Files derived from a profile: trusted root and signing config. */
    connection: join(base.state, 'connection'),
    spire: join(base.state, 'spire'),
    engine: join(base.state, 'engine'),
    decisions: join(base.state, 'attestor', 'decisions'),
    attestorConfig: join(base.state, 'attestor', 'attestor.json'),
    /** HOME of cosign, so that it reads no user's settings and writes nowhere else. */
    cosignHome: join(base.state, 'cosign-home'),
    runs: join(base.state, 'runs'),
    /** Recordings of rehearsed talks. */
    rehearsals: join(base.state, 'rehearsals'),
    logs: join(base.state, 'logs'),
  } as const
}
export type Places = ReturnType<typeof places>
