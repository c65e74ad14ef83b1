import { join } from 'node:path'

/** How cosign speaks with a registry that is not the sandbox’s. */
export interface CosignRegistry {
  /** The folder of a Docker configuration (`config.json`) with a login or the helpers that know one. */
  readonly dockerConfig?: string | undefined
  /** The file (PEM) with the authority of its certificate. cosign then believes that one alone. */
  readonly registryCaFile?: string | undefined
  /** Plain http, also where the registry is on another machine; on this one cosign needs no word for it. */
  readonly plainHttp?: boolean | undefined
}

/** The flags for it. Certificates are always verified. */
export const registryFlags = ({ registryCaFile, plainHttp }: CosignRegistry): readonly string[] => [
  ...(registryCaFile === undefined ? [] : [`--registry-cacert=${registryCaFile}`]),
  ...(plainHttp === true ? ['--allow-http-registry'] : []),
]

/**
 * The environment for it: an empty home and no login. With a Docker configuration the home is the user's, because the
 * helpers that it names look there for what they keep; what cosign itself keeps stays in the empty one.
 */
export const registryEnvironment = (
  { dockerConfig }: CosignRegistry,
  emptyHome: string,
): Readonly<Record<string, string>> =>
  dockerConfig === undefined
    ? { HOME: emptyHome, DOCKER_CONFIG: emptyHome }
    : { DOCKER_CONFIG: dockerConfig, TUF_ROOT: join(emptyHome, '.sigstore', 'root') }
