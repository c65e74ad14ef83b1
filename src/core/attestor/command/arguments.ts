import { parseArgs } from 'node:util'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'

/** What the command line requests. */
export type Command =
  | { readonly name: 'plugin' }
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'check-config'; readonly file: string }
  | { readonly name: 'explain'; readonly container: string; readonly config: string; readonly json: boolean }
  | { readonly name: 'health'; readonly config: string; readonly waitSeconds: number; readonly alive: boolean }
  | VerifyBundleCommand

export interface VerifyBundleCommand {
  readonly name: 'verify-bundle'
  readonly bundle: string
  /** File with a public key, or the expected signer. */
  readonly signer: { readonly key: string } | { readonly subject: string; readonly issuer: string }
  /** Without one: the built-in trusted root of the public Sigstore. */
  readonly trustedRoot: string | undefined
  readonly fileOrDigest: string
}

/** Where the configuration is looked for by default. */
export const defaultConfig = '/etc/sigstore-attestor/plugin.json'

export const usage = `sigstore-attestor, a SPIRE workload attestor for containers whose image is signed

  A SPIRE agent starts this program as plugin_cmd of a WorkloadAttestor. By hand it does this:

  sigstore-attestor --check-config FILE
      Says whether a configuration would be accepted, with all that it names.
  sigstore-attestor explain CONTAINER [--config FILE] [--json]
      The decision for a running container (name or id), gate by gate. Configuration: ${defaultConfig}
  sigstore-attestor health [--config FILE] [--wait SECONDS] [--alive]
      Whether the agent's plugin lives, and its engine and trusted root can be used. Run it as the agent's user.
      With --alive: only whether it lives, for a liveness probe, whose failure restarts the agent.
  sigstore-attestor verify-bundle --bundle FILE (--key FILE | --certificate-identity ID --certificate-oidc-issuer URL)
                                  [--trusted-root FILE] FILE_OR_DIGEST
      Verifies a Sigstore bundle, without network. Without --trusted-root: by the public Sigstore's trusted root.
  sigstore-attestor --help | --version

  Exit code 0: accepted, selectors given, healthy, verified. 1: not so. 2: the command line is wrong.
  Of health, 1: no plugin answers, restart the agent. 2: could not be found out. 3: the plugin answers, but could not attest.
`

const options = {
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  'check-config': { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  wait: { type: 'string' },
  alive: { type: 'boolean' },
  bundle: { type: 'string' },
  key: { type: 'string' },
  'certificate-identity': { type: 'string' },
  'certificate-oidc-issuer': { type: 'string' },
  'trusted-root': { type: 'string' },
  staging: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values']

/** Parses the command line. Without any argument the program is a plugin. */
export function readCommand(args: readonly string[]): Result<Command> {
  if (args.length === 0) return ok({ name: 'plugin' })
  let parsed: { values: Values; positionals: string[] }
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    return wrong('options of this program', error instanceof Error ? error.message : 'other options')
  }
  const { values, positionals } = parsed
  if (values.help === true) return ok({ name: 'help' })
  if (values.version === true) return ok({ name: 'version' })
  const checked = values['check-config']
  if (checked !== undefined) return only(values, ['check-config'], ok({ name: 'check-config', file: checked }))
  const [name, ...rest] = positionals
  const [operand, surplus] = rest
  if (name === 'health') return healthCommand(values, rest)
  if (name !== 'explain' && name !== 'verify-bundle')
    return wrong('explain, health or verify-bundle', name ?? 'no command')
  if (operand === undefined || surplus !== undefined) return wrong('one operand', surplus ?? 'none')
  if (name === 'verify-bundle') return verifyBundle(values, operand)
  return only(values, ['config', 'json'], {
    ok: true,
    value: { name, container: operand, config: values.config ?? defaultConfig, json: values.json === true },
  })
}

function healthCommand(values: Values, [surplus]: readonly string[]): Result<Command> {
  const { config = defaultConfig, wait = '0', alive = false } = values
  if (surplus !== undefined) return wrong('no operand', surplus)
  if (!/^[0-9]{1,4}$/.test(wait)) return wrong('seconds after --wait', wait)
  return only(values, ['config', 'wait', 'alive'], ok({ name: 'health', config, waitSeconds: Number(wait), alive }))
}

function verifyBundle(values: Values, fileOrDigest: string): Result<Command> {
  const { bundle, key } = values
  const [subject, issuer] = [values['certificate-identity'], values['certificate-oidc-issuer']]
  if (values.staging === true) return wrong('the trusted root of that Sigstore, with --trusted-root', '--staging')
  if (bundle === undefined) return wrong('--bundle', 'none')
  const byKey = key !== undefined && subject === undefined && issuer === undefined
  const byIdentity = key === undefined && subject !== undefined && issuer !== undefined
  if (!byKey && !byIdentity) {
    return wrong('either --key, or --certificate-identity and --certificate-oidc-issuer', 'another choice of them')
  }
  const signer = byKey ? { key } : { subject: subject ?? '', issuer: issuer ?? '' }
  const names = ['bundle', 'key', 'certificate-identity', 'certificate-oidc-issuer', 'trusted-root']
  const command = { name: 'verify-bundle', bundle, signer, trustedRoot: values['trusted-root'], fileOrDigest } as const
  return only(values, names, ok(command))
}

/** The result, unless an option of another command was given. */
function only(values: Values, allowed: readonly string[], result: Result<Command>): Result<Command> {
  const other = Object.keys(values).find((name) => !allowed.includes(name))
  return other === undefined ? result : wrong(`only ${allowed.map((name) => `--${name}`).join(', ')}`, `--${other}`)
}

const wrong = (expected: string, found: string) =>
  err(
    appError('config.command-line', 'The command line is not understood.', 'Read --help.', {
      expected,
      found,
    }),
  )
