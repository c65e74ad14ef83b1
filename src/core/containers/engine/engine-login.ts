import { isDockerHub } from '../../domain/oci/image-reference.ts'
import type { RegistryCredentials } from '../../registry/login/docker-config.ts'

/** A login at a registry, as an engine takes it with a push or pull (Docker Engine API, "Authentication"). */
export interface EngineLogin {
  readonly serveraddress: string
  readonly username?: string
  readonly password?: string
  readonly identitytoken?: string
}

/** The login for the registry of `HOST/PATH`; without credentials an empty one, which engines insist on. */
export function engineLogin(repository: string, credentials: RegistryCredentials | undefined): EngineLogin {
  if (credentials === undefined) return { username: '', password: '', serveraddress: '' }
  const host = repository.replace(/\/.*$/s, '')
  const serveraddress = isDockerHub(host) ? 'https://index.docker.io/v1/' : host
  return credentials.kind === 'refresh-token'
    ? { serveraddress, identitytoken: credentials.token }
    : { serveraddress, username: credentials.username, password: credentials.password }
}
