import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import getPort from 'get-port'
import { startService } from '../../src/core/process/services/service.ts'
import { makeTlsAuthority, type TlsAuthority } from './tls-authority.ts'
import { type RegistryUser, startTokenServer, type TokenServer } from './token-server.ts'

/** `basic`: plain http and a password. `token`: TLS with a CA of its own, and a token service. */
export type ForeignRegistryKind = 'basic' | 'token'

/** The real registry program, operated by another party. */
export interface ForeignRegistry {
  /** host:port as used in image references. */
  readonly host: string
  readonly plainHttp: boolean
  /** The CA file (PEM) of its certificate; undefined for plain http. */
  readonly caFile: string | undefined
  readonly authority: TlsAuthority | undefined
  /** A Docker configuration with the login of the user who may push and pull. */
  readonly dockerConfig: string
  /** The user who may push and pull, and the one who may only pull (with `token`). */
  readonly users: { readonly pusher: RegistryUser; readonly reader: RegistryUser }
  readonly tokens: TokenServer | undefined
  readonly stop: () => Promise<void>
}

const pusher: RegistryUser = {
  username: 'acme',
  password: 'only for these tests',
  refreshToken: 'a refresh token of these tests',
  actions: ['pull', 'push'],
}
const reader: RegistryUser = {
  username: 'reader',
  password: 'to read in these tests',
  refreshToken: 'a reader’s refresh token of these tests',
  actions: ['pull'],
}
// bcrypt of the pusher’s password, by crypt(3).
const htpasswd = 'acme:$2y$05$sigstoreattestortests.qJ2rk2by5qtjZjIqZgGsbl.UfnoXABu\n'

/**
 * A non-loopback address of this machine, if it has one: Docker Engine verifies no certificate on loopback and uses
 * plain http there.
 */
export const outerAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1'

/** Names under which clients know a registry and its token service, if these are not their addresses. */
export interface OtherNames {
  readonly registry: string
  readonly tokens: string
}

/** Starts the registry program `registry`, with everything that belongs to it below `folder`. */
export async function startForeignRegistry(
  registry: string,
  folder: string,
  kind: ForeignRegistryKind,
  names?: OtherNames,
): Promise<ForeignRegistry> {
  await mkdir(folder, { recursive: true })
  const own = kind === 'basic' ? await withPassword(folder) : await withTokens(folder, names)
  const port = await getPort({ host: own.address })
  const host = `${own.address}:${port}`
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host, secret: 'only for this test', ...own.http },
    auth: own.auth,
  }
  await writeFile(join(folder, 'registry.yml'), JSON.stringify(configuration))
  const started = await startService({
    id: 'foreign-registry',
    program: registry,
    args: ['serve', join(folder, 'registry.yml')],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    logFile: join(folder, 'registry.log'),
    pidFolder: join(folder, 'pids'),
    readyTimeoutMs: 20_000,
    // It is ready when it requires the login.
    probe: async (signal) =>
      (own.authority === undefined
        ? (await fetch(`http://${host}/v2/`, { signal })).status
        : await statusOf(`https://${host}/v2/`, own.authority.certificate, signal)) === 401,
  })
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  const dockerConfig = join(folder, 'docker', 'config.json')
  await writeDockerConfig(dockerConfig, host, pusher)
  return {
    host,
    plainHttp: kind === 'basic',
    caFile: own.authorityFile,
    authority: own.authority,
    dockerConfig,
    users: { pusher, reader },
    tokens: own.tokens,
    stop: async () => {
      await started.value.stop()
      await own.tokens?.stop()
    },
  }
}

/** Writes a Docker configuration as `docker login` does, with a password, or with a refresh token instead. */
export async function writeDockerConfig(
  file: string,
  host: string,
  { username, password, refreshToken }: RegistryUser,
  as: 'password' | 'refresh-token' = 'password',
): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true })
  const auth = Buffer.from(`${username}:${as === 'password' ? password : ''}`).toString('base64')
  const entry = as === 'password' ? { auth } : { auth, identitytoken: refreshToken }
  await writeFile(file, JSON.stringify({ auths: { [host]: entry } }), { mode: 0o600 })
}

interface Own {
  readonly address: string
  readonly http: object
  readonly auth: object
  readonly authority: TlsAuthority | undefined
  readonly authorityFile: string | undefined
  readonly tokens: TokenServer | undefined
}

async function withPassword(folder: string): Promise<Own> {
  const path = join(folder, 'htpasswd')
  await writeFile(path, htpasswd)
  const auth = { htpasswd: { realm: 'Acme registry', path } }
  const none = { authority: undefined, authorityFile: undefined, tokens: undefined }
  return { address: '127.0.0.1', http: {}, auth, ...none }
}

async function withTokens(folder: string, names: OtherNames | undefined): Promise<Own> {
  const address = outerAddress()
  const authority = await makeTlsAuthority()
  const server = await authority.serverCertificate([address, ...Object.values(names ?? {})])
  const authorityFile = join(folder, 'authority.pem')
  const [certificate, key] = [join(folder, 'server.pem'), join(folder, 'server.key.pem')]
  await writeFile(authorityFile, authority.certificate)
  await writeFile(certificate, server.certificate)
  await writeFile(key, server.key, { mode: 0o600 })
  const like = names === undefined ? {} : { realm: `https://${names.tokens}/token`, anonymous: true }
  const tokens = await startTokenServer(address, server, [pusher, reader], like)
  const auth = { token: { ...tokens.auth, rootcertbundle: authorityFile } }
  return { address, http: { tls: { certificate, key } }, auth, authority, authorityFile, tokens }
}

function statusOf(url: string, ca: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { ca, signal }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
