import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../core/domain/result.ts'
import { folders } from '../core/machine/folders.ts'
import { openSession, type Session } from '../core/orchestrator/session/session.ts'
import { type ProfileSettings, sandboxSettings } from '../core/profiles/read-profile.ts'
import { loginAs } from '../core/sandbox/login-client.ts'
import type { AskPort } from '../core/steps/resources.ts'
import { setUpInTerminal } from './setup/setup-in-terminal.ts'

/** Where our own bundled programs lie: beside the command line's bundle. */
const dist = dirname(fileURLToPath(import.meta.url))

/** What a session in the terminal needs of whoever sits there. */
export interface TerminalPorts {
  readonly profile: ProfileSettings
  readonly ask: AskPort
}

/** The sandbox, where nobody is asked anything. */
const inSandbox: TerminalPorts = {
  profile: sandboxSettings,
  ask: () => Promise.resolve('no'),
}

/** Fetches what is missing, shown on stderr, and opens the session of this machine. */
export async function prepareSession(
  signal: AbortSignal,
  { profile, ask }: TerminalPorts = inSandbox,
): Promise<Result<Session>> {
  const base = folders()
  const tools = await setUpInTerminal({ folders: base, signal })
  if (!tools.ok) return tools
  return openSession({
    folders: base,
    tools: tools.value,
    programs: {
      node: process.execPath,
      attestorPlugin: join(dist, 'attestor-plugin.cjs'),
      issuer: join(dist, 'oidc-issuer.mjs'),
      openerDir: join(dist, 'opener'),
    },
    profile,
    ask,
    // Nobody sits at a browser here: a small HTTP client logs in as the persona.
    login: (request, ended) => loginAs({ ...request, decision: 'allow', signal: ended }),
  })
}
