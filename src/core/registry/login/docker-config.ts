import { z } from 'zod'
import { parseJson } from '../../domain/json.ts'
import { isDockerHub } from '../../domain/oci/image-reference.ts'

/** What authenticates a client to a registry. */
export type RegistryCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A token that is exchanged at the registry's token service; no registry accepts it itself. */
  | { readonly kind: 'refresh-token'; readonly token: string }

/** Where the credentials for a registry are. */
export type CredentialSource =
  | RegistryCredentials
  /** A helper, the name under which it knows the registry, and the login in `auths`, which counts if the helper fails. */
  | {
      readonly kind: 'helper'
      readonly helper: string
      readonly name: string
      readonly otherwise?: RegistryCredentials
    }
  /** There is an entry, and its "auth" is not base64 of name:password. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'none' }

// Docker is written in Go, where null and a blank text are the same as no value.
const text = z
  .string()
  .nullish()
  .transform((value) => (value === null || value === '' ? undefined : value))
const mapOf = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((map) => map ?? {})

const configSchema = z
  .object({
    auths: mapOf(z.object({ auth: text, username: text, password: text, identitytoken: text }).nullish()),
    credHelpers: mapOf(text),
    credsStore: text,
  })
  .nullable()
  .transform((config) => config ?? { auths: {}, credHelpers: {}, credsStore: undefined })

export type DockerConfig = z.output<typeof configSchema>

/** A Docker configuration, or undefined when the text is not one. An empty file is an empty configuration. */
export const parseDockerConfig = (text: string): DockerConfig | undefined =>
  configSchema.safeParse(text.trim() === '' ? null : parseJson(text)).data

/**
 * Where Docker looks for a registry's credentials (docker/cli, `configfile.GetAuthConfig`): the helper for this host,
 * else the general store, else `auths`. A blank helper for the host means `auths`. Seen with docker 28.2.
 */
export function credentialSource(config: DockerConfig, host: string, plainHttp: boolean): CredentialSource {
  const names = namesOf(host)
  const named = names.find((name) => Object.hasOwn(config.credHelpers, name))
  const helper = named === undefined ? config.credsStore : config.credHelpers[named]
  const entry = entrySource(config, names, plainHttp)
  if (helper === undefined) return entry
  const login = entry.kind === 'password' || entry.kind === 'refresh-token' ? { otherwise: entry } : {}
  return { kind: 'helper', helper, name: names[0] ?? host, ...login }
}

function entrySource(
  config: DockerConfig,
  names: readonly string[],
  plainHttp: boolean,
): Exclude<CredentialSource, { kind: 'helper' }> {
  const entry = entryFor(config.auths, names, plainHttp)?.value
  if (entry === undefined || entry === null) return { kind: 'none' }
  if (entry.identitytoken !== undefined) return { kind: 'refresh-token', token: entry.identitytoken }
  if (entry.auth === undefined) {
    const { username, password } = entry
    return username === undefined && password === undefined
      ? { kind: 'none' }
      : { kind: 'password', username: username ?? '', password: password ?? '' }
  }
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(entry.auth, 'base64').toString('utf8')) ?? []
  if (username === undefined || password === undefined) return { kind: 'unreadable' }
  return { kind: 'password', username, password: password.replace(/^\0+|\0+$/g, '') }
}

/** Under which names Docker stores a registry's credentials, the usual first. Docker Hub has one of its own. */
const namesOf = (host: string): readonly string[] =>
  isDockerHub(host) ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'] : [host]

/** The entry under one of these names, else the first key for the same host and port. */
function entryFor<T>(
  map: Readonly<Record<string, T>>,
  names: readonly string[],
  plainHttp: boolean,
): { readonly value: T } | undefined {
  const hosts = names.map((name) => hostOf(name, plainHttp))
  const entries = Object.entries(map)
  const exact = names.flatMap((name) => entries.filter(([key]) => key === name))
  const [found] = [...exact, ...entries.filter(([key]) => hosts.includes(hostOf(key, plainHttp)))]
  return found && { value: found[1] }
}

/** `host[:port]` of a key, which may be a URL, without the default port. */
function hostOf(key: string, plainHttp: boolean): string {
  const [host = ''] = key.replace(/^https?:\/\//, '').split('/')
  return host.toLowerCase().replace(plainHttp ? /:80$/ : /:443$/, '')
}
