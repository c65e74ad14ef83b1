import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Session } from '../../../src/core/orchestrator/session/session.ts'
import { runCommand, succeeded } from '../../../src/core/process/command.ts'
import { loginAs } from '../../../src/core/sandbox/login-client.ts'
import { openerSocket } from '../../../src/core/sigstore/cosign/opener-socket.ts'
import type { RunState } from '../../../src/core/workflow/reducer.ts'
import { artifactOf } from '../../../src/core/workflow/reducer.ts'
import type { PersonaId } from '../../../src/core/workflow/scenarios.ts'

/** The signer, and which of Fulcio's two trusted issuers they use. */
export interface Login {
  readonly persona: PersonaId
  /** The story's own by default. */
  readonly issuer?: string
}

/**
 * Runs a command of the real cosign that needs a login (`sign`, `attest`), with its real browser flow and the session's
 * Sigstore. Throws cosign's message when it does not succeed.
 */
export async function cosignAs(
  session: Session,
  state: RunState,
  login: Login,
  command: string,
  args: readonly string[],
): Promise<void> {
  const { tools, programs, folders, places } = session.resources
  const sigstore = artifactOf(state, 'sigstore')!
  const signingConfig = join(folders.runtime, `signing-config-${crypto.randomUUID()}.json`)
  const urls: { oidcUrls: { url: string }[] } = JSON.parse(readFileSync(sigstore.signingConfig, 'utf8'))
  for (const each of urls.oidcUrls) each.url = login.issuer ?? each.url
  writeFileSync(signingConfig, JSON.stringify(urls), { mode: 0o600 })
  let loggedIn: ReturnType<typeof loginAs> | undefined
  const accepts = (url: string): boolean => URL.canParse(url)
  const socket = await openerSocket(folders.runtime, accepts, (url) => {
    loggedIn = loginAs({ url, issuer: new URL(url).origin, persona: login.persona, decision: 'allow' })
  })
  try {
    const outcome = await runCommand({
      program: tools.cosign,
      args: [
        command,
        '--yes',
        '--fulcio-auth-flow=normal',
        '--oidc-disable-ambient-providers',
        '--oidc-client-id=sigstore',
        `--signing-config=${signingConfig}`,
        `--trusted-root=${sigstore.trustedRoot}`,
        ...args,
      ],
      env: {
        HOME: places.cosignHome,
        DOCKER_CONFIG: places.cosignHome,
        PATH: `${programs.openerDir}:${dirname(programs.node)}`,
        SIGSTORE_ATTESTOR_OPENER: socket.path,
      },
      timeoutMs: 60_000,
    })
    const answered = await loggedIn
    if (!succeeded(outcome)) throw new Error(`${outcome.stderr} ${JSON.stringify(answered)}`)
  } finally {
    await socket.close()
  }
}

/** Signs in the format before bundles (tag `sha256-….sig`), with a key that is generated in `folder`. */
export async function signLegacy(session: Session, reference: string, folder: string): Promise<void> {
  const { tools, places } = session.resources
  const key = join(folder, 'legacy.key')
  const cosign = async (...args: string[]): Promise<void> => {
    const env = { HOME: places.cosignHome, DOCKER_CONFIG: places.cosignHome, COSIGN_PASSWORD: '' }
    const outcome = await runCommand({ program: tools.cosign, args, env, timeoutMs: 30_000 })
    if (!succeeded(outcome)) throw new Error(outcome.stderr)
  }
  await cosign('generate-key-pair', `--output-key-prefix=${join(folder, 'legacy')}`)
  const format = ['--tlog-upload=false', '--new-bundle-format=false', '--use-signing-config=false']
  await cosign('sign', '--yes', `--key=${key}`, ...format, reference)
}
