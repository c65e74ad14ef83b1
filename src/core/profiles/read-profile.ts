import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type AppError, appError } from '../domain/app-error.ts'
import { configProblems } from '../domain/config-problems.ts'
import { identityProviders, issuerOfWord } from '../domain/issuers.ts'
import { withoutMark } from '../domain/json.ts'
import { nearestWord } from '../domain/nearest-word.ts'
import { parseImageReference, registryName } from '../domain/oci/image-reference.ts'
import { readConfig } from '../domain/read-config.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { parseStrictJson } from '../domain/strict-json.ts'
import { readRegularText } from '../files/read-regular.ts'
import { renamedProfileKeys } from '../workflow/profile.ts'
import {
  type FilledProfile,
  issuerVariable,
  type ProfileFile,
  profileSchema,
  type ResolvedProfile,
  resolvedSigstore,
} from './profile-schema.ts'
import { readSigningConfig } from './signing-config-file.ts'

/** A profile's file, with everything filled in that it leaves to the environment. */
export type ProfileSettings = ResolvedProfile & { readonly name: string; readonly file: string }

/** The profile that needs no file: everything on this machine. */
export const sandboxSettings: ProfileSettings = { kind: 'sandbox', name: 'sandbox', title: 'Sandbox', file: '' }

export interface ProfilePlaces {
  /** The folder of what ships with the program; its profiles are in `profiles`. */
  readonly assets: string
  /** The user's own configuration; own profiles are in `profiles`, each with an optional NAME.env beside it. */
  readonly config: string
  readonly env: Readonly<NodeJS.ProcessEnv>
}

const longest = 64 * 1024
const longestNamed = 1024 * 1024
const variable = /\$\{([A-Z][A-Z0-9_]*)\}/g

/** All profiles: shipped ones first, then the user's own, by name. */
export async function profileNames({ assets, config }: ProfilePlaces): Promise<readonly string[]> {
  const shipped = await namesIn(join(assets, 'profiles'))
  const own = await namesIn(join(config, 'profiles'))
  return [...shipped, ...own.filter((name) => !shipped.includes(name))]
}

/**
 * Reads a profile by name and fills in what it leaves to the environment. A user's file cannot replace a shipped one:
 * `public` always means the public one. No service is contacted.
 */
export async function readProfile(name: string, places: ProfilePlaces): Promise<Result<ProfileSettings>> {
  const text = await readProfileText(name, places)
  if (!text.ok) return text
  const env = profileEnvironment(name, places)
  if (!env.ok) return env
  const { file } = text.value
  const config = signingConfigOf(text.value.text, file)
  if (!config.ok) return config
  const profile = parseProfile(text.value.text, file, env.value, config.value)
  return profile.ok ? ok({ ...profile.value, name, file }) : profile
}

/** The text of a profile's file, valid or not. */
export async function readProfileText(
  name: string,
  places: ProfilePlaces,
): Promise<Result<{ readonly text: string; readonly file: string; readonly ships: boolean }>> {
  const names = await profileNames(places)
  if (!names.includes(name)) return err(unknown(name, names, join(places.config, 'profiles')))
  const ships = await profileShips(name, places)
  const file = join(ships ? places.assets : places.config, 'profiles', `${name}.json`)
  // Shipped files belong to whoever installed this program.
  const text = readRegularText(file, { maxBytes: longest, protected: !ships, privateGroup: true })
  if (!text.ok) return err(unreadable(file, text.error))
  return ok({ text: text.value, file, ships })
}

/** Whether a profile is shipped. */
export const profileShips = async (name: string, { assets }: ProfilePlaces): Promise<boolean> =>
  (await namesIn(join(assets, 'profiles'))).includes(name)

/** A profile from the text of its file, and of the signing config that it names. `file` names it in errors. */
export function parseProfile(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  signingConfig?: string,
): Result<ResolvedProfile> {
  const written = parseProfileText(text, file)
  if (!written.ok) return written
  if (written.value.kind === 'sandbox') return ok(written.value)
  const services = filled(written.value, file, env)
  return services.ok ? resolved(services.value, file, signingConfig) : services
}

/** The text of the signing config that a profile names; undefined if it names none, or is invalid. */
function signingConfigOf(text: string, file: string): Result<string | undefined> {
  const written = parseProfileText(text, file)
  if (!written.ok || written.value.kind === 'sandbox') return ok(undefined)
  const { signingConfig } = written.value.sigstore
  if (signingConfig === undefined) return ok(undefined)
  const read = readRegularText(signingConfig, { maxBytes: longestNamed, protected: true, privateGroup: true })
  return read.ok ? read : err(unreadable(signingConfig, read.error))
}

/** The services' addresses: from the profile, or from the signing config, which must name the profile's OIDC issuer. */
function resolved(profile: FilledProfile, file: string, config: string | undefined): Result<ResolvedProfile> {
  const said = config === undefined ? ok(undefined) : readSigningConfig(config, new Date())
  const expected = 'a signing config with services that are valid now, and the issuer of the profile'
  if (!said.ok) return err(unusable(file, expected, said.error))
  if (said.value !== undefined && !said.value.issuers.includes(profile.issuer)) {
    return err(unusable(file, expected, `the logins ${said.value.issuers.join(', ') || 'of no one'}`))
  }
  const { issuers: _, ...services } = said.value ?? { issuers: [] }
  const sigstore = resolvedSigstore.safeParse({ ...profile.sigstore, ...services })
  if (!sigstore.success) return err(unusable(file, expected, configProblems(resolvedSigstore, sigstore.error)))
  return ok({ ...profile, sigstore: sigstore.data })
}

/** A profile as written in its file: what it leaves to the environment is not filled in. `file` names it in errors. */
export function parseProfileText(text: string, file: string): Result<ProfileFile> {
  if (text.length > longest) return err(unusable(file, `at most ${longest} characters`, `${text.length}`))
  const read = parseStrictJson(withoutMark(text))
  if (!read.ok) return err(unusable(file, 'a JSON object', read.error === 'not JSON' ? 'other text' : read.error))
  const parsed = readConfig(profileSchema, read.value, renamedProfileKeys)
  if (!parsed.ok) {
    const expected = 'a profile: profile.schema.json says which keys there are'
    return err(unusable(file, expected, parsed.error, namesSecret(parsed.error)))
  }
  const { config, ...notice } = parsed.value
  return ok({ ...config, ...notice })
}

/** The variables that a profile leaves to the environment, each once. */
export const asksFor = (profile: ProfileFile): readonly string[] =>
  profile.kind === 'sandbox'
    ? []
    : [
        ...new Set(
          [profile.registry.repository, profile.signer.subject, profile.signer.issuer].flatMap((text) =>
            [...text.matchAll(variable)].flatMap(([, name]) => name ?? []),
          ),
        ),
      ]

type WrittenServices = Extract<ProfileFile, { kind: 'services' }>

/** The variables that a profile needs and that are set nowhere; empty if it is not a profile. */
export async function unsetIn(name: string, places: ProfilePlaces): Promise<readonly string[]> {
  const text = await readProfileText(name, places)
  const written = text.ok ? parseProfileText(text.value.text, text.value.file) : text
  const env = profileEnvironment(name, places)
  return written.ok && env.ok ? asksFor(written.value).filter((each) => (env.value[each] ?? '') === '') : []
}

/** The variables with a default that are set nowhere. */
export async function unsetChoicesIn(name: string, places: ProfilePlaces): Promise<ReturnType<typeof choicesOf>> {
  const text = await readProfileText(name, places)
  const written = text.ok ? parseProfileText(text.value.text, text.value.file) : text
  const env = profileEnvironment(name, places)
  return written.ok && env.ok ? choicesOf(written.value).filter((each) => (env.value[each.name] ?? '') === '') : []
}

function filled(
  profile: WrittenServices,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Result<FilledProfile> {
  const missing = new Set<string>()
  const fill = (text: string): string =>
    text.replaceAll(variable, (_, name: string) => {
      const set = env[name]
      if (set === undefined || set === '') missing.add(name)
      return set ?? ''
    })
  const { signer, login } = profile
  const issuer = issuerOf(signer.issuer, file, env)
  if (!issuer.ok) return issuer
  const registry = { ...profile.registry, host: registryName(profile.registry.host) }
  const [repository, subject] = [fill(registry.repository), fill(signer.subject)]
  if (missing.size > 0) return err(unset([...missing], file))
  const image = parseImageReference(`${registry.host}/${repository}`)
  if (!image.ok) return err(unusable(file, 'host and repository of an image', `${registry.host}/${repository}`))
  return ok({
    ...profile,
    registry: { ...registry, repository },
    signer: { issuer: issuer.value, subject },
    login: login.connector === 'signer.issuer' ? { ...login, connector: issuer.value } : login,
  })
}

/** The signer's issuer: as written, or an address or a word for one that the environment holds. */
function issuerOf(written: string, file: string, env: Readonly<Record<string, string | undefined>>): Result<string> {
  const [, name, usual] = issuerVariable.exec(written) ?? []
  if (name === undefined) return ok(written)
  const word = env[name] || usual
  if (word === undefined) return err(unset([name], file))
  const issuer = issuerOfWord(word) ?? (/^https?:\/\//.test(word) && URL.canParse(word) ? word : undefined)
  if (issuer !== undefined) return ok(issuer)
  const words = Object.keys(identityProviders)
  const nearest = nearestWord(word, words)
  return err(
    appError(
      'config.profile-choice',
      `${name} names no identity provider.`,
      nearest === undefined ? `Set ${name} to one of them, or to an issuer's address.` : `Is "${nearest}" meant?`,
      { expected: words.join(', '), found: JSON.stringify(word.slice(0, 100)) },
    ),
  )
}

/** The variables of a profile that have a default, with it: a person may set them. */
export function choicesOf(profile: ProfileFile): readonly { readonly name: string; readonly usual: string }[] {
  const [, name, usual] = profile.kind === 'sandbox' ? [] : (issuerVariable.exec(profile.signer.issuer) ?? [])
  return name === undefined || usual === undefined ? [] : [{ name, usual }]
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => [])
  return files.flatMap((file) => /^([a-z0-9][a-z0-9-]{0,40})\.json$/.exec(file)?.[1] ?? []).sort()
}

/** The file for a profile's values that are not in the environment. */
export const envFileOf = (name: string, { config }: ProfilePlaces): string => join(config, 'profiles', `${name}.env`)

/** The environment, completed by the file of values beside a profile. A missing file is fine. */
export function profileEnvironment(
  name: string,
  { env, ...places }: ProfilePlaces,
): Result<Readonly<Record<string, string | undefined>>> {
  const file = envFileOf(name, { env, ...places })
  const text = readRegularText(file, { maxBytes: longest, protected: true, privateGroup: true })
  if (text.ok) return ok({ ...parseEnv(text.value), ...env })
  return text.error.code === 'machine.file-missing' ? ok(env) : err(unreadable(file, text.error))
}

const unreadable = (file: string, { expected, found }: AppError): AppError =>
  unusable(file, expected ?? 'a file that can be read', found ?? 'unknown')

/** Whether a secret was written where none belongs. */
const namesSecret = (found: string): boolean =>
  /(?:password|passwd|secret|token): this key is not known|clientSecret: neither of the forms/i.test(found)

const unusable = (file: string, expected: string, found: string, secret = false) =>
  appError(
    'config.profile',
    'This profile is not accepted.',
    secret
      ? `Take the secret out of ${file}: a profile names where it is ("credentials", "clientSecret"), and never holds it.`
      : `Correct ${file}.`,
    { expected, found },
  )

const unknown = (name: string, names: readonly string[], folder: string) => {
  const nearest = nearestWord(name, names)
  return appError(
    'config.profile-unknown',
    'There is no such profile.',
    nearest === undefined ? `Make one in ${folder}.` : `Is "${nearest}" meant? Own profiles lie in ${folder}.`,
    { expected: `one of ${names.join(', ')}`, found: JSON.stringify(name.slice(0, 100)) },
  )
}

const unset = (names: readonly string[], file: string) =>
  appError(
    'config.profile-unset',
    'The profile leaves something to you that is not set.',
    `Set ${names.join(' and ')} in the environment, or in ${file.replace(/^.*\//, '').replace(/\.json$/, '.env')} in the folder of your own profiles.`,
    { expected: names.map((name) => `${name}=…`).join(' '), found: 'nothing' },
  )
