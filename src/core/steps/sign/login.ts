import { hostname, userInfo } from 'node:os'
import { ok, type Result } from '../../domain/result.ts'
import { namesDisplay } from '../../machine/display.ts'
import { openInBrowser } from '../../process/browser.ts'
import { clientSecretOf } from '../../profiles/client-secret.ts'
import { type LoginOptions, usualLogin, withConnector } from '../../sigstore/login/login-options.ts'
import { sshForward } from '../../sigstore/login/ssh-forward.ts'
import type { StepContext } from '../step.ts'

/** How long a person has to log in; cosign itself gives up after 120 s. */
const loginMs = 110_000
/** With a code, cosign waits as long as the provider does. */
const deviceLoginMs = 15 * 60_000

/** How the person of the profile logs in. */
export function loginOf({ session: { profile, redactor } }: StepContext): Result<LoginOptions> {
  if (profile.kind === 'sandbox') return ok(usualLogin)
  const secret = clientSecretOf(profile, process.env)
  if (!secret.ok) return secret
  if (secret.value !== undefined) redactor.addChosen(secret.value)
  return ok({ ...profile.login, clientSecret: secret.value })
}

/** How long a person has for it. */
export const timeFor = ({ flow }: LoginOptions): number => (flow === 'device' ? deviceLoginMs : loginMs)

/**
 * Shows a login to a real person, in their own browser. Its end is invisible to us; cosign reports it. With a code, the
 * browser is on another machine.
 */
export function showToPerson(
  report: StepContext['report'],
  wait: { readonly what: string; readonly until: string },
  login: { readonly url: string; readonly code: string | undefined; readonly connector: string | undefined },
): void {
  const { url, code, connector } = login
  if (code !== undefined) {
    report({ type: 'step.waited', ...wait, what: `${wait.what}, with the code ${code}`, address: url })
    return
  }
  const address = withConnector(url, connector)
  for (const text of elsewhere(address)) report({ type: 'step.noted', text })
  report({ type: 'step.waited', ...wait, address })
  openInBrowser(address)
}

/** What to do on a machine without a display, where no browser is: the callback of the login comes to this one. */
function elsewhere(address: string): readonly string[] {
  if (namesDisplay(process.env)) return []
  const facts = { connection: process.env['SSH_CONNECTION'], user: userInfo().username, hostname: hostname() }
  const command = sshForward(address, facts)
  return command === undefined
    ? []
    : [`There is no display here. Run this on the machine with your browser, and leave it open: ${command}`]
}
