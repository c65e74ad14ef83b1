import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { attestorConfig } from '../../core/attestor/config/parse.ts'
import type { AttestorConfigFile } from '../../core/attestor/config/schema.ts'
import { labelKey, owner } from '../../core/containers/labels.ts'
import { type SignerIdentity, signerSelector } from '../../core/domain/identity.ts'
import type { Selector } from '../../core/domain/spiffe/selector.ts'
import type { Session } from '../../core/orchestrator/session/session.ts'
import { readProcStat } from '../../core/process/proc-stat.ts'
import { agentSocketFolder, type SpireAgent, startSpireAgent } from '../../core/spire/agent.ts'
import { createEntry } from '../../core/spire/entries.ts'
import { running } from '../../core/steps/resources.ts'
import { selectorType, trustDomain } from '../../core/steps/shared/trust-domain.ts'
import { must } from './bench-error.ts'

/** What an agent attests with: our plugin and its cache settings, or SPIRE's own Docker attestor. */
export const benchAttestors = ['cold', 'known', 'warm', 'docker'] as const
export type BenchAttestor = (typeof benchAttestors)[number]

/** The same for containers of pods: with our plugin. */
export const podAttestors = ['pods-cold', 'pods-warm'] as const
export type PodAttestor = (typeof podAttestors)[number]

type AnyAttestor = BenchAttestor | PodAttestor | 'k8s'

const remembers: Readonly<Partial<Record<AnyAttestor, Partial<AttestorConfigFile>>>> = {
  'pods-cold': { cacheSeconds: 0, cachedSignatures: 0 },
  'pods-warm': { cacheSeconds: 3_600 },
  cold: { cacheSeconds: 0, cachedSignatures: 0 },
  known: { cacheSeconds: 0 },
  warm: { cacheSeconds: 3_600 },
}

export interface BenchAgent {
  readonly agent: SpireAgent
  /** Where its socket is in a container. */
  readonly socketInContainer: string
  readonly mount: { readonly source: string; readonly target: string }
  /** The folder with its attestor's decision records. */
  readonly records: string
}

/**
 * Starts a SPIRE agent for each attestor, and registers the bench's image with each: by signer and repository as in the
 * story, or by its label. They are alike in everything else, and end with the session.
 */
export async function startBenchAgents(
  session: Session,
  image: { readonly repository: string; readonly signer: SignerIdentity; readonly trustedRoot: string },
  benchFolder: string,
  signal: AbortSignal,
): Promise<Readonly<Record<BenchAttestor, BenchAgent>>> {
  const engine = running(session.resources, 'engine')
  const runtime = { engineSocket: engine.socket }
  const builtIn: BuiltIn = {
    attestors: { docker: { docker_socket_path: `unix://${engine.socket}` } },
    selectors: [{ type: 'docker', value: `label:${labelKey}:${owner()}` }],
  }
  const mounts = [...benchAttestors.map((kind) => agentSocketFolder(runtimeOf(session, kind))), benchFolder]
  const start = (kind: BenchAttestor): Promise<BenchAgent> =>
    startOne(
      session,
      kind,
      { ...image, runtimeDir: runtimeOf(session, kind), mounts, runtime, ...(kind === 'docker' ? { builtIn } : {}) },
      signal,
    )
  const [cold, known] = [await start('cold'), await start('known')]
  return { cold, known, warm: await start('warm'), docker: await start('docker') }
}

const runtimeOf = (session: Session, kind: AnyAttestor): string =>
  join(session.resources.folders.runtime, `bench-${kind}`)

/** The same for the containers of a runtime with CRI. */
export async function startPodAgents(
  session: Session,
  image: Pick<BenchImage, 'repository' | 'signer' | 'trustedRoot'>,
  at: { readonly socket: string; readonly benchFolder: string },
  signal: AbortSignal,
): Promise<Readonly<Record<PodAttestor, BenchAgent>>> {
  const runtime = { runtimes: [{ kind: 'cri' as const, socket: at.socket }] }
  const mounts = [...podAttestors.map((kind) => agentSocketFolder(runtimeOf(session, kind))), at.benchFolder]
  const start = (kind: PodAttestor): Promise<BenchAgent> =>
    startOne(session, kind, { ...image, runtimeDir: runtimeOf(session, kind), mounts, runtime }, signal)
  return { 'pods-cold': await start('pods-cold'), 'pods-warm': await start('pods-warm') }
}

/** The same for pods of a cluster: with our plugin, and with SPIRE's own attestor for Kubernetes. */
export async function startClusterAgents(
  session: Session,
  image: Pick<BenchImage, 'repository' | 'signer' | 'trustedRoot'>,
  at: {
    /** Of the container runtime. */
    readonly socket: string
    readonly benchFolder: string
    /** What the pods have in common. */
    readonly pods: { readonly namespace: string; readonly serviceAccount: string }
    /** With a token that may read the pods of the kubelet. */
    readonly tokenFile: string
  },
  signal: AbortSignal,
): Promise<{ readonly sigstore: BenchAgent; readonly k8s: BenchAgent }> {
  const kinds = ['pods-warm', 'k8s'] as const
  const mounts = [...kinds.map((kind) => agentSocketFolder(runtimeOf(session, kind))), at.benchFolder]
  const shared = { ...image, mounts, runtime: { runtimes: [{ kind: 'cri' as const, socket: at.socket }] } }
  const builtIn: BuiltIn = {
    attestors: { k8s: { skip_kubelet_verification: true, token_path: at.tokenFile } },
    selectors: [`ns:${at.pods.namespace}`, `sa:${at.pods.serviceAccount}`].map((value) => ({ type: 'k8s', value })),
  }
  const start = (kind: (typeof kinds)[number], more: Partial<BenchImage>): Promise<BenchAgent> =>
    startOne(session, kind, { ...shared, ...more, runtimeDir: runtimeOf(session, kind) }, signal)
  return { sigstore: await start('pods-warm', {}), k8s: await start('k8s', { builtIn }) }
}

/** SPIRE's own attestors with their data, and what selects the bench's containers there. */
interface BuiltIn {
  readonly attestors: Readonly<Record<string, object>>
  readonly selectors: readonly Selector[]
}

interface BenchImage {
  readonly repository: string
  readonly signer: SignerIdentity
  readonly trustedRoot: string
  readonly runtimeDir: string
  readonly mounts: readonly string[]
  readonly runtime: Pick<AttestorConfigFile, 'engineSocket' | 'runtimes'>
  /** In place of our plugin. */
  readonly builtIn?: BuiltIn
}

async function startOne(
  session: Session,
  kind: AnyAttestor,
  image: BenchImage,
  signal: AbortSignal,
): Promise<BenchAgent> {
  const { places, tools, programs, redactor, services } = session.resources
  const server = running(session.resources, 'spireServer')
  const folder = join(places.spire, `bench-${kind}`)
  const records = join(dirname(places.decisions), `bench-${kind}`)
  const dataFile = join(dirname(places.attestorConfig), `bench-${kind}.json`)
  const { builtIn } = image
  if (builtIn === undefined) {
    const configuration = attestorConfig({
      ...image.runtime,
      registries: [{ host: image.repository.split('/')[0] ?? '', plainHttp: true }],
      trustedRoot: image.trustedRoot,
      cosign: { path: tools.cosign },
      records,
      launch: { mounts: [...image.mounts] },
      ...remembers[kind],
    })
    await mkdir(dirname(dataFile), { recursive: true, mode: 0o700 })
    await writeFile(dataFile, configuration, { mode: 0o600 })
  }
  const nodeAlias = `spiffe://${trustDomain}/bench/${kind}`
  const agent = must(
    await startSpireAgent({
      program: tools['spire-agent'],
      folder,
      runtimeDir: image.runtimeDir,
      logFile: join(places.logs, `bench-${kind}.log`),
      pidFolder: places.pids,
      redactor,
      signal,
      server,
      nodeAlias,
      ...(builtIn === undefined
        ? { plugin: { name: selectorType, command: programs.attestorPlugin, dataFile } }
        : { builtIn: builtIn.attestors }),
      env: { PATH: `${dirname(programs.node)}:${process.env['PATH'] ?? ''}` },
    }),
  )
  services.add('agent of the bench', agent)
  const selectors: readonly Selector[] =
    builtIn?.selectors ??
    [signerSelector(image.signer), `repository:${image.repository}`].map((value) => ({ type: selectorType, value }))
  const spiffeId = `spiffe://${trustDomain}/bench/workload/${kind}`
  const entry = must(
    await createEntry(server.cli, { spiffeId, parentId: nodeAlias, selectors, svidTtlSeconds: 3_600, signal }),
  )
  must(await agent.entries.until(entry.value.id, { timeoutMs: 30_000, signal }))
  const mount = { source: agent.socketFolder, target: `/${kind}` }
  return { agent, socketInContainer: `/${kind}/api.sock`, mount, records }
}

/**
 * The memory of an agent and its plugin, in bytes: now, with pages that several processes share counted in parts (PSS),
 * and the sum of their peaks.
 */
export async function memoryOf(agent: SpireAgent): Promise<{ readonly now: number; readonly most: number }> {
  const ours = [agent.service.pid]
  for (const name of await readdir('/proc')) {
    const parent = /^\d+$/.test(name) ? readProcStat(Number(name))?.parent : undefined
    if (parent === agent.service.pid) ours.push(Number(name))
  }
  let [now, most] = [0, 0]
  for (const pid of ours) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    const shares = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    now += 1024 * Number(/^Pss:\s+(\d+)/m.exec(shares)?.[1] ?? 0)
    most += 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
  }
  return { now, most }
}
