import { z } from 'zod'
import { appError, whatAndFound } from '../../domain/app-error.ts'
import { parseJson } from '../../domain/json.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { readRegularText } from '../../files/read-regular.ts'
import { describeEnding, runCommand } from '../../process/command.ts'
import { userEnvironment } from '../../process/user-environment.ts'
import { credentialSource, parseDockerConfig, type RegistryCredentials } from './docker-config.ts'

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() })
const helperName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/
// Docker has no limit. A helper may ask the user to unlock a key store.
const helperTimeoutMs = 60_000

/** How credentials are looked up. */
export interface Lookup {
  /** Whether the registry is reached over plain http: decides its default port. */
  readonly plainHttp: boolean
  /** Ends a helper. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The credentials for a registry in a Docker configuration file, looked up as Docker does: a helper for this host, the
 * general store, or the file itself; undefined when there are none, or no file. The file is read each time, so that a
 * login takes effect at once. A failing helper or file is an error: without it the registry would only report a refusal.
 */
export async function dockerCredentials(
  file: string,
  host: string,
  { plainHttp, signal }: Lookup,
): Promise<Result<RegistryCredentials | undefined>> {
  const text = readRegularText(file, { maxBytes: maxFile })
  if (!text.ok) {
    if (text.error.code === 'machine.file-missing') return ok(undefined)
    return err(unusable(host, 'a Docker configuration that can be read', whatAndFound(text.error)))
  }
  const config = parseDockerConfig(text.value)
  if (config === undefined) return err(unusable(host, `a Docker configuration in ${file}`, 'another form'))
  const source = credentialSource(config, host, plainHttp)
  if (source.kind === 'helper') {
    const asked = await askHelper(source.helper, host, source.name, signal)
    return asked.ok || source.otherwise === undefined ? asked : ok(source.otherwise)
  }
  if (source.kind === 'unreadable') {
    return err(unusable(host, `"auth" for ${host} as base64 of name:password in ${file}`, 'another text'))
  }
  return ok(source.kind === 'none' ? undefined : source)
}

const maxFile = 4 * 1024 * 1024

/** Docker's protocol for helpers: the name on standard input, JSON on standard output (docker-credential-helpers). */
async function askHelper(
  helper: string,
  host: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Result<RegistryCredentials | undefined>> {
  if (!helperName.test(helper)) return err(unusable(host, 'the name of a credential helper', 'another text'))
  const program = `docker-credential-${helper}`
  const outcome = await runCommand({
    program,
    args: ['get'],
    input: name,
    env: userEnvironment(process.env),
    timeoutMs: helperTimeoutMs,
    graceMs: 200,
    ...(signal === undefined ? {} : { signal }),
  })
  if (outcome.kind === 'cancelled') return err(unusable(host, `an answer of ${program}`, 'no answer in time'))
  if (outcome.kind !== 'exited') return err(unusable(host, `an answer of ${program}`, describeEnding(outcome)))
  // What it prints is not repeated: it can be a secret.
  if (outcome.exitCode !== 0) {
    return /credentials not found/i.test(outcome.stdout + outcome.stderr)
      ? ok(undefined)
      : err(unusable(host, `credentials of ${program}`, `exit code ${outcome.exitCode}`))
  }
  const answer = helperAnswer.safeParse(parseJson(outcome.stdout))
  if (!answer.success) return err(unusable(host, `credentials of ${program}`, 'another answer'))
  const { Username: username, Secret: secret } = answer.data
  if (username === '' && secret === '') return ok(undefined)
  if (username === '<token>') return ok({ kind: 'refresh-token', token: secret })
  return ok({ kind: 'password', username, password: secret })
}

const unusable = (host: string, expected: string, found: string) =>
  appError(
    'registry.credentials',
    `The credentials for ${host} cannot be read.`,
    'Fix the Docker configuration that "dockerConfig" names, or log in again with `docker login`.',
    { expected, found },
  )
