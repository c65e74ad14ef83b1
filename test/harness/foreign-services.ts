import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, type SandboxEndpoints, startSandbox } from '../../src/core/sandbox/sandbox.ts'
import { dist, tools } from '../integration/harness/session.ts'
import {
  type ForeignRegistry,
  type ForeignRegistryKind,
  type OtherNames,
  startForeignRegistry,
} from './foreign-registry.ts'

/** Existing services: a Sigstore and a registry that requires a login, as a company has them. */
export interface ForeignServices {
  readonly endpoints: SandboxEndpoints
  readonly sandbox: Sandbox
  readonly registry: ForeignRegistry
  /** The contents of the profile's file. */
  readonly profile: ForeignProfile
  /** Its name is `acme`. */
  readonly profileFile: string
  /** To be XDG_CONFIG_HOME: there the profile is one of the user's own. */
  readonly configHome: string
  /** Stops all, and removes what was written. */
  readonly stop: () => Promise<void>
}

export type ForeignProfile = ReturnType<typeof profileOf>

/**
 * Starts them with the tools of the setup: a second sandbox with keys, a CA and ports of its own, and a registry. The
 * timestamp authority's metrics use a fixed port, so no other sandbox runs on this machine meanwhile.
 */
export async function startForeignServices(kind: ForeignRegistryKind, names?: OtherNames): Promise<ForeignServices> {
  const { fulcio, registry: registryProgram, ...more } = tools()
  const folder = await mkdtemp(join(tmpdir(), 'acme-'))
  const registry = await startForeignRegistry(registryProgram, join(folder, 'registry'), kind, names)
  const sandbox = await startSandbox({
    folder: join(folder, 'sandbox'),
    runtimeDir: join(folder, 'run'),
    logDir: join(folder, 'logs'),
    pidFolder: join(folder, 'pids'),
    programs: {
      fulcio,
      rekorServer: more['rekor-server'],
      timestampServer: more['timestamp-server'],
      registry: registryProgram,
      ctLog: more['ct-log'],
    },
    node: process.execPath,
    issuerEntry: join(dist, 'oidc-issuer.mjs'),
  })
  const stop = async (): Promise<void> => {
    if (sandbox.ok) await sandbox.value.stop()
    await registry.stop()
    await rm(folder, { recursive: true, force: true })
  }
  if (!sandbox.ok) {
    await stop()
    throw new Error(JSON.stringify(sandbox.error))
  }
  const { endpoints } = sandbox.value
  const profile = profileOf(endpoints, registry)
  const configHome = join(folder, 'config')
  const profiles = join(configHome, 'sigstore-attestor', 'profiles')
  await mkdir(profiles, { recursive: true })
  const profileFile = join(profiles, 'acme.json')
  await writeFile(profileFile, JSON.stringify(profile, null, 2))
  return { endpoints, sandbox: sandbox.value, registry, profile, profileFile, configHome, stop }
}

const profileOf = (endpoints: SandboxEndpoints, registry: ForeignRegistry) => ({
  kind: 'services' as const,
  title: 'Acme',
  sigstore: {
    trustedRoot: endpoints.trustedRoot,
    fulcio: { url: endpoints.fulcio },
    rekor: { url: endpoints.rekor, version: 2 as const },
    timestampAuthority: { url: endpoints.timestampAuthority },
  },
  issuer: endpoints.issuer,
  signer: { issuer: endpoints.issuer, subject: 'engineer@sandbox.example' },
  registry: {
    host: registry.host,
    repository: 'team/hello',
    plainHttp: registry.plainHttp,
    ...(registry.caFile === undefined ? {} : { caFile: registry.caFile }),
    credentials: { dockerConfig: registry.dockerConfig },
  },
})
