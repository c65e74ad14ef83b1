import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Folders, folders } from '../../../src/core/machine/folders.ts'
import { openSession, type Session } from '../../../src/core/orchestrator/session/session.ts'
import { sandboxSettings } from '../../../src/core/profiles/read-profile.ts'
import { loginAs } from '../../../src/core/sandbox/login-client.ts'
import type { LoginPort } from '../../../src/core/steps/resources.ts'
import { type StoryToolId, storyToolIds, type ToolPaths } from '../../../src/core/tools/tool.ts'
import type { StepId } from '../../../src/core/workflow/steps.ts'
import { program } from '../programs.ts'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
export const dist = join(root, 'dist')

/** The tools that the setup made ready; a missing one fails the tests that need it. */
export function tools(): ToolPaths {
  const path = (id: StoryToolId): string => {
    const found = program(id)
    if (found === undefined) throw new Error(`${id} is not here: run npm run setup.`)
    return found
  }
  return Object.fromEntries(storyToolIds.map((id) => [id, path(id)])) as ToolPaths
}

/** State and runtime folders of the test's own; the programs are those of the setup. */
export function temporaryFolders(): Folders & { readonly env: Record<string, string>; readonly remove: () => void } {
  const base = mkdtempSync(join(tmpdir(), 'sa-'))
  const env = { XDG_STATE_HOME: join(base, 'state'), XDG_RUNTIME_DIR: join(base, 'run') }
  return {
    ...folders({ ...process.env, ...env }),
    env,
    remove: () => rmSync(base, { recursive: true, force: true }),
  }
}

const asAsked: LoginPort = (request, signal) => loginAs({ ...request, decision: 'allow', signal })

/** A session on the real tools. Throws the reason when there is none. */
export async function realSession(
  where: Folders,
  login: LoginPort = asAsked,
  attestorPlugin = join(dist, 'attestor-plugin.cjs'),
  only?: readonly StepId[],
): Promise<Session> {
  const session = await openSession({
    folders: where,
    tools: tools(),
    programs: {
      node: process.execPath,
      attestorPlugin,
      issuer: join(dist, 'oidc-issuer.mjs'),
      openerDir: join(dist, 'opener'),
    },
    profile: sandboxSettings,
    ask: () => Promise.resolve('no'),
    login,
    ...(only === undefined ? {} : { only }),
  })
  if (!session.ok) throw new Error(JSON.stringify(session.error))
  return session.value
}
