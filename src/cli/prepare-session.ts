import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { err, type Result } from '../core/domain/result.ts'
import { folders } from '../core/machine/folders.ts'
import { uncreatable } from '../core/machine/own-folders.ts'
import { openSession, type Session } from '../core/orchestrator/session/session.ts'
import { type ProfileSettings, sandboxSettings } from '../core/profiles/read-profile.ts'
import { loginAs } from '../core/sandbox/login-client.ts'
import type { AskPort } from '../core/steps/resources.ts'
import type { StepRun } from '../core/steps/step.ts'
import { stepRuns } from '../core/steps/table.ts'
import type { StepId } from '../core/workflow/steps.ts'
import { setUpInTerminal } from './setup/setup-in-terminal.ts'

/** Our own bundled programs: beside the command line's bundle. */
const dist = dirname(fileURLToPath(import.meta.url))

/** What a terminal session needs from its user. */
export interface TerminalPorts {
  readonly profile: ProfileSettings
  readonly ask: AskPort
  /** The steps of its runs; the whole story when absent. */
  readonly only?: readonly StepId[]
  /** Steps that are done in another way. */
  readonly steps?: Readonly<Partial<Record<StepId, StepRun>>>
}

/** The sandbox, which asks no questions. */
const inSandbox: TerminalPorts = {
  profile: sandboxSettings,
  ask: () => Promise.resolve('no'),
}

/** Obtains what is missing, shown on stderr, and opens this machine's session. */
export async function prepareSession(
  signal: AbortSignal,
  { profile, ask, only, steps }: TerminalPorts = inSandbox,
): Promise<Result<Session>> {
  const base = folders()
  // Before programs are fetched and built in vain.
  const unusable = uncreatable(base)
  if (unusable !== undefined) return err(unusable)
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
    ...(only === undefined ? {} : { only }),
    stepRuns: { ...stepRuns, ...steps },
    // There is no person at a browser here: a small HTTP client logs in as the persona.
    login: (request, ended) => loginAs({ ...request, decision: 'allow', signal: ended }),
  })
}
