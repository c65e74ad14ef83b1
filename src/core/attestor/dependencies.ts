import type { LimitFunction } from 'p-limit'
import { appError } from '../domain/app-error.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { RegistryAccess } from '../registry/login/registry-access.ts'
import type { TrustRoot } from '../sigstore/trust/trust-root.ts'
import type { AttestTools } from './attest.ts'
import { FlightCache } from './cache/flight-cache.ts'
import { VerifiedBundles } from './cache/verified-bundles.ts'
import { isRootless } from './config/load.ts'
import { type AttestorConfig, namedRuntimes } from './config/schema.ts'
import { CriRuntime } from './runtimes/cri/cri.ts'
import { DockerRuntime } from './runtimes/docker.ts'
import type { ContainerRuntime } from './runtimes/runtime.ts'

const maxRemembered = 256

/** What attesting needs, for one configuration. An error when a runtime is not trustworthy. */
export function attestTools(
  config: AttestorConfig,
  own: {
    /** A private folder; bundles are stored in it while cosign reads them. */
    readonly folder: string
    readonly limit: LimitFunction
    readonly ending: AbortSignal
    /** What outlives one attestation; recreated for each configuration. */
    readonly kept: Kept
  },
): Result<AttestTools> {
  const runtimes = own.kept.runtimes.map((runtime) => ({ runtime, rootless: isRootless(runtime.socket) }))
  const refused = runtimes.find(({ rootless }) => rootless && config.rootless === 'refuse')
  if (refused !== undefined) {
    return err(
      appError(
        'attestor.rootless-engine',
        `The engine at ${refused.runtime.socket} is rootless: its user can answer anything.`,
        'Set "rootless" to "allow" to get selectors with a prefix of their own.',
        { expected: 'a socket that belongs to root', found: 'one that belongs to another user' },
      ),
    )
  }
  const { folder: workFolder, limit, ending } = own
  return ok({ config, workFolder, limit, ending, ...own.kept, runtimes })
}

/** Frees what is cached, when another configuration replaces this one or the plugin ends. */
export function closeKept({ trust, registries, runtimes, verified }: Kept): void {
  trust.close()
  verified.close()
  for (const runtime of runtimes) runtime.close()
  for (const { access } of registries) void access?.close()
}

/** State kept between attestations: another configuration is another policy, and starts empty. */
export type Kept = Pick<AttestTools, 'cache' | 'images' | 'verified' | 'registries' | 'trust'> & {
  readonly runtimes: readonly ContainerRuntime[]
}

export function newKept(config: AttestorConfig, trust: TrustRoot): Kept {
  return {
    trust,
    cache: new FlightCache({ ttlMs: config.cacheSeconds * 1000, maxEntries: maxRemembered }),
    images: new FlightCache({ ttlMs: config.cacheSeconds * 1000, maxEntries: maxRemembered }),
    verified: new VerifiedBundles(config.cachedSignatures),
    runtimes: namedRuntimes(config).map(({ kind, socket }) =>
      kind === 'docker' ? new DockerRuntime(socket, config.deadlineMs / 4) : new CriRuntime(socket),
    ),
    registries: config.registries.map(({ host, plainHttp, caFile }) => {
      const access = new RegistryAccess(host, config.dockerConfig, caFile)
      // The first attestation has a deadline.
      if (!plainHttp) access.prepare().catch(() => undefined)
      return { host, plainHttp, access }
    }),
  }
}
