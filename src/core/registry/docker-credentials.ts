import { z } from 'zod'
import { appError, whatAndFound } from '../domain/app-error.ts'
import { parseJson } from '../domain/json.ts'
import { isDockerHub } from '../domain/oci/image-reference.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readRegularText } from '../files/read-regular.ts'
import { runCommand } from '../process/command.ts'

/** What authenticates a client to a registry. */
export type RegistryCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A token that is exchanged at the registry's token service; no registry accepts it itself. */
  | { readonly kind: 'refresh-token'; readonly token: string }

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
      }),
    )
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
})

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() })
const helperName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/
const helperTimeoutMs = 2_000

/**
 * The credentials for a registry in a Docker configuration file: a helper for this host, the general store, or the file
 * itself; undefined when there are none. The file is read each time, so that a login takes effect at once. A failing
 * helper or file is an error: without it the registry would only report a refusal.
 */
export async function dockerCredentials(file: string, host: string): Promise<Result<RegistryCredentials | undefined>> {
  const text = readRegularText(file, { maxBytes: maxFile })
  if (!text.ok) {
    return err(unusable(host, 'a Docker configuration that can be read', whatAndFound(text.error)))
  }
  const config = parseDockerConfig(text.value)
  if (config === undefined) return err(unusable(host, `a Docker configuration in ${file}`, 'another form'))
  const { auths, credHelpers, credsStore } = config
  const names = namesOf(host)
  const helper = names.map((name) => credHelpers[name]).find((name) => name !== undefined) ?? credsStore
  if (helper !== undefined) return askHelper(helper, host, names[0] ?? host)
  const entry = names.map((name) => auths[name]).find((found) => found !== undefined)
  if (entry === undefined) return ok(undefined)
  if (entry.identitytoken !== undefined) return ok({ kind: 'refresh-token', token: entry.identitytoken })
  const [, user, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth ?? '', 'base64').toString('utf8')) ?? []
  const [username, password] = [user ?? entry.username, secret?.replace(/\0+$/, '') ?? entry.password]
  if (username === undefined || password === undefined) return ok(undefined)
  return ok({ kind: 'password', username, password })
}

const maxFile = 4 * 1024 * 1024

/** A Docker configuration, or undefined when the text is not one. */
export const parseDockerConfig = (text: string): z.output<typeof configSchema> | undefined =>
  configSchema.safeParse(parseJson(text)).data

/** Under which names Docker stores a registry's credentials, the usual first. Docker Hub has one of its own. */
function namesOf(host: string): readonly string[] {
  if (isDockerHub(host)) {
    return ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io']
  }
  return [host, `https://${host}`, `http://${host}`, `https://${host}/v1/`, `https://${host}/v2/`]
}

/** Docker's protocol for helpers: the name on standard input, JSON on standard output (docker-credential-helpers). */
async function askHelper(helper: string, host: string, name: string): Promise<Result<RegistryCredentials | undefined>> {
  if (!helperName.test(helper)) return err(unusable(host, 'the name of a credential helper', 'another text'))
  const program = `docker-credential-${helper}`
  const outcome = await runCommand({
    program,
    args: ['get'],
    input: name,
    timeoutMs: helperTimeoutMs,
    graceMs: 200,
  })
  if (outcome.kind !== 'exited') return err(unusable(host, `an answer of ${program}`, `it ${outcome.kind}`))
  // What it prints is not repeated: it can be a secret.
  if (outcome.exitCode !== 0) {
    return /credentials not found/i.test(outcome.stdout + outcome.stderr)
      ? ok(undefined)
      : err(unusable(host, `credentials of ${program}`, `exit code ${outcome.exitCode}`))
  }
  const answer = helperAnswer.safeParse(parseJson(outcome.stdout))
  if (!answer.success) return err(unusable(host, `credentials of ${program}`, 'another answer'))
  const { Username: username, Secret: secret } = answer.data
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
