import { join } from 'node:path'

/** How cosign connects to a registry that is not the sandbox's. */
export interface CosignRegistry {
  /** The folder of a Docker configuration (`config.json`) with a login or with credential helpers. */
  readonly dockerConfig?: string | undefined
  /** The CA file (PEM) for its certificate. cosign then trusts only that one. */
  readonly registryCaFile?: string | undefined
  /** Plain http, also if the registry is on another machine; on this one cosign needs no flag for it. */
  readonly plainHttp?: boolean | undefined
}

/** The flags for it. Certificates are always verified. */
export const registryFlags = ({ registryCaFile, plainHttp }: CosignRegistry): readonly string[] => [
  ...(registryCaFile === undefined ? [] : [`--registry-cacert=${registryCaFile}`]),
  ...(plainHttp === true ? ['--allow-http-registry'] : []),
]

/**
 * The environment for it: an empty home and no login. With a Docker configuration the home is the user's, because
 * credential helpers store their data there; cosign's own files stay in the empty one.
 */
export const registryEnvironment = (
  { dockerConfig }: CosignRegistry,
  emptyHome: string,
): Readonly<Record<string, string>> =>
  dockerConfig === undefined
    ? { HOME: emptyHome, DOCKER_CONFIG: emptyHome }
    : { DOCKER_CONFIG: dockerConfig, TUF_ROOT: join(emptyHome, '.sigstore', 'root') }
