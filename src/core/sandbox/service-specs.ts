import { join } from 'node:path'
import { noInspector } from '../process/no-inspector.ts'
import type { ServiceSpec } from '../process/services/service.ts'
import type { SessionServiceId } from '../workflow/session-services.ts'
import type { SandboxIdentity } from './identity.ts'
import { issuerUrl } from './issuer-state.ts'
import { all, answers } from './probe.ts'
import { ctLogOrigin, rekorHost } from './trusted-root.ts'

export const sandboxServiceIds = [
  'ct-log',
  'rekor',
  'timestamp-authority',
  'issuer',
  'second-issuer',
  'registry',
  'fulcio',
] as const satisfies readonly SessionServiceId[]
export type SandboxServiceId = (typeof sandboxServiceIds)[number]

/** The timestamp authority's metrics: all interfaces, this port, and no flag to change either. */
export const timestampMetricsPort = 2112
export const timestampMetrics = {
  port: timestampMetricsPort,
  purpose: 'the metrics page of timestamp-server, whose port cannot be changed',
} as const

/** Where the programs are. Absolute paths. */
export interface SandboxPrograms {
  readonly fulcio: string
  readonly rekorServer: string
  readonly timestampServer: string
  readonly registry: string
  readonly ctLog: string
}

/** This session's ports. */
export interface SandboxPorts {
  readonly timestampMetrics: number
  readonly ctLog: number
  readonly rekor: number
  readonly rekorGrpc: number
  readonly rekorMetrics: number
  readonly timestamp: number
  readonly fulcio: number
  readonly fulcioGrpc: number
  readonly fulcioMetrics: number
}

/** Files of this session: configuration with this session's ports. */
export const sessionFiles = (runtimeDir: string) =>
  ({
    folder: runtimeDir,
    fulcioConfig: join(runtimeDir, 'fulcio-issuers.json'),
    fulcioSocket: join(runtimeDir, 'fulcio.sock'),
    registryConfig: join(runtimeDir, 'registry.yml'),
    signingConfig: join(runtimeDir, 'signing-config.json'),
    secondSigningConfig: join(runtimeDir, 'second-signing-config.json'),
  }) as const

export type SessionFiles = ReturnType<typeof sessionFiles>

type Spec = Pick<ServiceSpec, 'program' | 'args' | 'env' | 'probe'> & {
  readonly id: SandboxServiceId
  /** Its address. */
  readonly port: number
  /** Every port it listens on. */
  readonly ports: readonly number[]
}

interface Context {
  readonly identity: SandboxIdentity
  readonly ports: SandboxPorts
  readonly programs: SandboxPrograms
  readonly session: SessionFiles
  readonly node: string
  readonly issuerEntry: string
}

/** How each service is started and probed. No argument contains a secret. */
export const serviceSpecs = (context: Context): readonly Spec[] =>
  [ctLog, rekor, timestampAuthority, issuer, secondIssuer, registry, fulcio].map((service) => service(context))

const local = (port: number): string => `http://127.0.0.1:${port}`
const serving = (body: string): boolean => body.includes('SERVING')

const ctLog = ({ identity: { files }, ports, programs }: Context): Spec => ({
  id: 'ct-log',
  port: ports.ctLog,
  ports: [ports.ctLog],
  program: programs.ctLog,
  args: [
    `-listen=127.0.0.1:${ports.ctLog}`,
    `-origin=${ctLogOrigin}`,
    `-key=${files.ctLogKey}`,
    `-roots=${files.fulcioChain}`,
    `-storage=${files.ctTiles}`,
  ],
  probe: all(answers(`${local(ports.ctLog)}/healthz`), answers(`${local(ports.ctLog)}/checkpoint`)),
})

const rekor = ({ identity: { files }, ports, programs }: Context): Spec => ({
  id: 'rekor',
  port: ports.rekor,
  ports: [ports.rekor, ports.rekorGrpc, ports.rekorMetrics],
  program: programs.rekorServer,
  args: [
    'serve',
    '--http-address=127.0.0.1',
    `--http-port=${ports.rekor}`,
    '--grpc-address=127.0.0.1',
    `--grpc-port=${ports.rekorGrpc}`,
    `--http-metrics-port=${ports.rekorMetrics}`,
    `--hostname=${rekorHost}`,
    `--storage-dir=${files.rekorTiles}`,
    `--signer-filepath=${files.rekorKey}`,
    // A person waits for each signature; the defaults are made for a busy log.
    '--checkpoint-interval=100ms',
    '--batch-max-age=10ms',
  ],
  probe: answers(`${local(ports.rekor)}/healthz`, serving),
})

const timestampAuthority = ({ identity: { files }, ports, programs }: Context): Spec => ({
  id: 'timestamp-authority',
  port: ports.timestamp,
  ports: [ports.timestamp, ports.timestampMetrics],
  program: programs.timestampServer,
  args: [
    'serve',
    '--host=127.0.0.1',
    `--port=${ports.timestamp}`,
    '--timestamp-signer=file',
    `--file-signer-key-path=${files.timestampKey}`,
    `--certificate-chain-path=${files.timestampChain}`,
    // Otherwise it contacts time servers on the Internet.
    '--disable-ntp-monitoring',
  ],
  probe: answers(`${local(ports.timestamp)}/ping`),
})

const issuer = (context: Context): Spec => issuerAt(context, 'issuer', context.identity.ports.issuer)

const secondIssuer = (context: Context): Spec => issuerAt(context, 'second-issuer', context.identity.ports.secondIssuer)

const issuerAt = ({ identity, node, issuerEntry }: Context, id: 'issuer' | 'second-issuer', port: number): Spec => ({
  id,
  port,
  ports: [port],
  program: node,
  args: [noInspector, issuerEntry, identity.files.issuer, String(port)],
  probe: answers(`${issuerUrl(port)}/.well-known/openid-configuration`, (body) => body.includes(issuerUrl(port))),
})

const registry = ({ identity, programs, session }: Context): Spec => ({
  id: 'registry',
  port: identity.ports.registry,
  ports: [identity.ports.registry],
  program: programs.registry,
  args: ['serve', session.registryConfig],
  env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  probe: answers(`http://localhost:${identity.ports.registry}/v2/`),
})

const fulcio = ({ identity: { files }, ports, programs, session }: Context): Spec => ({
  id: 'fulcio',
  port: ports.fulcio,
  ports: [ports.fulcio, ports.fulcioGrpc, ports.fulcioMetrics],
  program: programs.fulcio,
  args: [
    'serve',
    '--host=127.0.0.1',
    `--port=${ports.fulcio}`,
    '--grpc-host=127.0.0.1',
    `--grpc-port=${ports.fulcioGrpc}`,
    `--metrics-port=${ports.fulcioMetrics}`,
    '--ca=fileca',
    `--fileca-cert=${files.fulcioChain}`,
    `--fileca-key=${files.fulcioKey}`,
    // The key file is not encrypted but 0600; Fulcio insists on the flag.
    '--fileca-key-passwd=',
    '--fileca-watch=false',
    `--ct-log-url=${local(ports.ctLog)}`,
    `--ct-log-public-key-path=${files.ctLogPublicKey}`,
    `--config-path=${session.fulcioConfig}`,
    `--legacy-unix-domain-socket=${session.fulcioSocket}`,
  ],
  probe: answers(`${local(ports.fulcio)}/healthz`, serving),
})
