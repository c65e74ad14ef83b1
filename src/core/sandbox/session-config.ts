import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import writeFileAtomic from 'write-file-atomic'
import type { Redactor } from '../process/redactor.ts'
import { signingConfigJson } from '../sigstore/cosign/signing-config.ts'
import { fulcioConfig } from './fulcio-config.ts'
import type { SandboxIdentity } from './identity.ts'
import { issuerUrl } from './issuer-state.ts'
import { type SandboxPorts, type SessionFiles, sessionFiles } from './service-specs.ts'

/** Writes the configuration of this session: what contains its ports. 0600 in a 0700 folder. */
export async function writeSessionConfig(options: {
  readonly identity: SandboxIdentity
  readonly ports: SandboxPorts
  readonly runtimeDir: string
  readonly redactor: Redactor | undefined
}): Promise<SessionFiles> {
  const { identity, ports } = options
  const files = sessionFiles(options.runtimeDir)
  await mkdir(files.folder, { recursive: true, mode: 0o700 })
  // Left by a killed session; Fulcio would not start.
  await rm(files.fulcioSocket, { force: true })
  const write = (file: string, value: unknown): Promise<void> =>
    writeFileAtomic(file, JSON.stringify(value, null, 2), { mode: 0o600 })
  const secret = randomBytes(32).toString('hex')
  options.redactor?.add(secret)
  await write(files.fulcioConfig, fulcioConfig(identity.ports))
  // JSON is YAML.
  await write(files.registryConfig, {
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: identity.files.registryData },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${identity.ports.registry}`, secret },
  })
  const signingAt = (issuerPort: number): unknown =>
    signingConfigJson({
      fulcio: `http://127.0.0.1:${ports.fulcio}`,
      issuer: issuerUrl(issuerPort),
      rekor: { url: `http://127.0.0.1:${ports.rekor}`, version: 2 },
      timestampAuthority: `http://127.0.0.1:${ports.timestamp}/api/v1/timestamp`,
      since: identity.createdAt,
      operator: 'sandbox',
    })
  await write(files.signingConfig, signingAt(identity.ports.issuer))
  await write(files.secondSigningConfig, signingAt(identity.ports.secondIssuer))
  return files
}
