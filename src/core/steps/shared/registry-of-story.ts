import { dirname } from 'node:path'
import { ok, type Result } from '../../domain/result.ts'
import { dockerConfigOf } from '../../profiles/place-checks.ts'
import type { RegistryCredentials } from '../../registry/login/docker-config.ts'
import { dockerCredentials } from '../../registry/login/docker-credentials.ts'
import { RegistryAccess } from '../../registry/login/registry-access.ts'
import type { RegistryHost } from '../../registry/registry-http.ts'
import type { CosignRegistry } from '../../sigstore/cosign/cosign-registry.ts'
import type { SessionResources } from '../resources.ts'

/** How the registry of the profile is read and written. Paths are of this machine. */
export interface RegistryOfStory {
  readonly plainHttp: boolean
  /** A Docker configuration file with the credentials; absent where none are needed. */
  readonly dockerConfig?: string
  /** The CA file (PEM) of its certificate, if no well-known CA issued it. */
  readonly caFile?: string
}

export function registryOfStory({ profile }: Pick<SessionResources, 'profile'>): RegistryOfStory {
  if (profile.kind === 'sandbox') return { plainHttp: true }
  const { plainHttp, caFile } = profile.registry
  const dockerConfig = dockerConfigOf(profile, process.env)
  return {
    plainHttp,
    ...(dockerConfig === undefined ? {} : { dockerConfig }),
    ...(caFile === undefined ? {} : { caFile }),
  }
}

/** The same for cosign. The sandbox's registry needs no options: it is on this machine. */
export function cosignRegistry(session: SessionResources): CosignRegistry {
  if (session.profile.kind === 'sandbox') return {}
  const { dockerConfig, caFile, plainHttp } = registryOfStory(session)
  return {
    dockerConfig: dockerConfig === undefined ? undefined : dirname(dockerConfig),
    registryCaFile: caFile,
    plainHttp,
  }
}

/** The login for the engine, read each time, so that a new login takes effect at once. */
export async function engineCredentials(
  session: SessionResources,
  host: string,
): Promise<Result<RegistryCredentials | undefined>> {
  const { dockerConfig, plainHttp } = registryOfStory(session)
  if (dockerConfig === undefined) return ok(undefined)
  const credentials = await dockerCredentials(dockerConfig, host, { plainHttp })
  // It is never printed; a registry or an engine may repeat it, which must not be stored either.
  const secret = credentials.ok && credentials.value !== undefined ? secretOf(credentials.value) : ''
  if (secret !== '') session.redactor.addChosen(secret)
  return credentials
}

const secretOf = (credentials: RegistryCredentials): string =>
  credentials.kind === 'password' ? credentials.password : credentials.token

/** The registry, for our own reads and writes. */
export function registryHost(session: SessionResources, host: string): RegistryHost {
  const { plainHttp, dockerConfig, caFile } = registryOfStory(session)
  if (dockerConfig === undefined && caFile === undefined) return { host, plainHttp }
  return { host, plainHttp, access: new RegistryAccess(host, dockerConfig, caFile) }
}
