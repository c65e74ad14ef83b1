import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { readRegularText } from '../files/read-regular.ts'
import type { ServicesProfile } from './profile-schema.ts'

const longest = 16 * 1024

/**
 * The OIDC client's secret, from where a profile says it is; undefined if it needs none. White space around it does not
 * count, as with cosign. No error repeats it.
 */
export function clientSecretOf(
  { login: { clientSecret } }: Pick<ServicesProfile, 'login'>,
  env: Readonly<NodeJS.ProcessEnv>,
): Result<string | undefined> {
  if (clientSecret === undefined) return ok(undefined)
  if ('variable' in clientSecret) {
    const secret = (env[clientSecret.variable] ?? '').trim()
    if (secret !== '') return oneLine(secret, `the secret in ${clientSecret.variable}`)
    const expected = `the secret in ${clientSecret.variable}`
    return err(missing(expected, 'it is not set', `Set ${clientSecret.variable} to the secret of this client.`))
  }
  const text = readRegularText(clientSecret.file, {
    maxBytes: longest,
    protected: true,
    privateGroup: true,
    secret: true,
  })
  const expected = `the secret in ${clientSecret.file}, which only this user can read`
  if (!text.ok) {
    const { code, what, found = what, remedy } = text.error
    return err((code === 'machine.file-missing' ? missing : unusable)(expected, found, remedy))
  }
  const secret = text.value.trim()
  return secret === ''
    ? err(missing(expected, 'an empty file', `Write the secret into ${clientSecret.file}.`))
    : oneLine(secret, expected)
}

function oneLine(secret: string, expected: string): Result<string> {
  return /[\r\n]/.test(secret)
    ? err(unusable(expected, 'more than one line', 'Write the secret alone, in one line.'))
    : ok(secret)
}

/** The code of the error when there is no secret; one that is there and cannot be used has another. */
export const secretMissing = 'config.client-secret-missing'

const missing = (expected: string, found: string, remedy: string) =>
  appError(secretMissing, 'The secret of the OIDC client is not there.', remedy, { expected, found })

const unusable = (expected: string, found: string, remedy: string) =>
  appError('config.client-secret', 'The secret of the OIDC client cannot be read.', remedy, { expected, found })
