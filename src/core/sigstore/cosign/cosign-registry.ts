import { join } from 'node:path'
import { userEnvironment } from '../../process/user-environment.ts'

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

// Variables that change what cosign does: what it trusts, how it logs in, where its files are, what it prints.
const cosignOwn =
  /^(?:COSIGN|SIGSTORE|TUF|REKOR|FULCIO|SPIFFE|ACTIONS_ID_TOKEN|BUILDKITE|OTEL)_|^(?:GODEBUG|GOGC|GOMEMLIMIT|TERM|NO_COLOR)$/

/**
 * The environment for it: an empty home and no login. With a Docker configuration it is the user's, home included,
 * because that is what Docker gives to credential helpers; cosign's own files stay in the empty home.
 */
export function registryEnvironment(
  { dockerConfig }: CosignRegistry,
  emptyHome: string,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Readonly<Record<string, string>> {
  if (dockerConfig === undefined) return { HOME: emptyHome, DOCKER_CONFIG: emptyHome }
  const theirs = Object.entries(userEnvironment(env)).filter(([name]) => !cosignOwn.test(name))
  return {
    ...Object.fromEntries(theirs),
    DOCKER_CONFIG: dockerConfig,
    TUF_ROOT: join(emptyHome, '.sigstore', 'root'),
  }
}
