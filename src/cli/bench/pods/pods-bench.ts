import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { idleImage } from '../../../core/containers/images/demo-image.ts'
import { buildImage } from '../../../core/containers/images/image.ts'
import { pushImage } from '../../../core/containers/images/push-image.ts'
import type { Session } from '../../../core/orchestrator/session/session.ts'
import { running } from '../../../core/steps/resources.ts'
import { type BenchAgent, memoryOf, podAttestors, startPodAgents } from '../bench-agents.ts'
import { must } from '../bench-error.ts'
import type { SignedBenchImage } from '../bench-image.ts'
import { type Fetcher, Fetchers } from '../fetchers.ts'
import { median, megabytes, percentile, times } from '../statistics.ts'
import { type Containerd, startContainerd } from './containerd.ts'
import { type Pod, Pods } from './pods.ts'

const containerd = '/usr/bin/containerd'
/** A kubelet's default limit of pods on a node. */
const nodePods = 110
const bursts = 10

/** What is measured beside the same with Docker Engine. */
interface PodsBench {
  readonly session: Session
  readonly image: SignedBenchImage
  /** SPIRE's built-in Docker attestor, and a container of Docker Engine that uses it. */
  readonly builtIn: BenchAgent
  readonly first: Fetcher
  /** Times of bare `cosign verify`. */
  readonly verify: readonly number[]
  readonly rounds: number
  readonly containers: number
  readonly signal: AbortSignal
  readonly row: (what: string, value: string) => void
}

/**
 * Measures the attestor with containers of a real containerd through CRI, with as many more containers in it as a node
 * has pods. Without root or containerd, one row says why not.
 */
export async function measurePods(bench: PodsBench): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync(containerd)) {
    bench.row('in pods', `not measured: it takes root and ${containerd}`)
    return
  }
  const base = await mkdtemp(join(tmpdir(), 'pods-'))
  const fetchers = await Fetchers.open()
  let runtime: Containerd | undefined
  let pods: Pods | undefined
  try {
    runtime = await startContainerd({ base: join(base, 'c'), program: containerd, sandboxImage: await pause(bench) })
    pods = new Pods(runtime.socket, base)
    await measureIn(bench, { socket: runtime.socket, pods, fetchers })
  } finally {
    await pods?.removeAll()
    pods?.close()
    await runtime?.stop()
    runtime?.clean()
    await fetchers.close()
    await rm(base, { recursive: true, force: true })
  }
}

interface Node {
  readonly socket: string
  readonly pods: Pods
  readonly fetchers: Fetchers
}

async function measureIn(bench: PodsBench, { socket, pods, fetchers }: Node): Promise<void> {
  const { session, image, builtIn, rounds, signal, row } = bench
  const benchFolder = fetchers.mount.source
  const agents = await startPodAgents(session, image, { socket, benchFolder }, signal)
  await pods.pull(image.reference)
  const pod = await pods.pod({ name: 'bench' })
  const mounts = [...podAttestors.map((kind) => agents[kind].mount), fetchers.mount].map((each) => ({
    ...each,
    readOnly: true,
  }))
  const start = (name: string): Promise<Fetcher> =>
    fetchers.connect(name, async () => {
      const id = await pods.run(pod, { name, image: image.reference, mounts })
      return { id, ended: new Promise<never>(() => undefined) }
    })
  const first = await start('first')
  await crowd(bench, pods, pod)
  const took = { cold: [] as number[], warm: [] as number[], builtIn: [] as number[] }
  // The first of each fills the caches, and does not count. Alternating, so that all see the same machine.
  for (let round = -1; round < rounds && !signal.aborted; round += 1) {
    const [cold = 0] = await first.fetch(agents['pods-cold'].socketInContainer, 1)
    const [warm = 0] = await first.fetch(agents['pods-warm'].socketInContainer, 1)
    const [other = 0] = await bench.first.fetch(builtIn.socketInContainer, 1)
    if (round < 0) continue
    took.cold.push(cold)
    took.warm.push(warm)
    took.builtIn.push(other)
  }
  if (signal.aborted) return
  row(`in pods: containers that the runtime knows`, String(nodePods))
  row('in pods: fetch, nothing cached', times(took.cold))
  row('in pods: fetch, image cached', times(took.warm))
  row('in pods: cold / bare cosign verify (medians)', (median(took.cold) / median(bench.verify)).toFixed(2))
  row('in pods: warm / built-in docker (medians)', (median(took.warm) / median(took.builtIn)).toFixed(2))
  const all = [first]
  while (all.length < bench.containers && !signal.aborted) all.push(await start(`more-${all.length}`))
  for (const kind of podAttestors) await atOnce(bench, kind, agents[kind], all)
}

/** Containers that only wait, up to a node's limit with those that fetch. */
async function crowd({ signal, session }: PodsBench, pods: Pods, pod: Pod): Promise<void> {
  const image = pauseTag(session)
  for (let count = 1; count < nodePods && !signal.aborted; count += 1)
    await pods.run(pod, { name: `idle-${count}`, image })
}

async function atOnce(
  { signal, row }: PodsBench,
  kind: (typeof podAttestors)[number],
  { agent, socketInContainer }: BenchAgent,
  all: readonly Fetcher[],
): Promise<void> {
  const rates: number[] = []
  const took: number[] = []
  for (let burst = -1; burst < bursts && !signal.aborted; burst += 1) {
    const started = performance.now()
    const each = await Promise.all(all.map(({ fetch }) => fetch(socketInContainer, 1)))
    if (burst < 0) continue
    rates.push(all.length / ((performance.now() - started) / 1000))
    took.push(...each.flat())
  }
  if (signal.aborted) return
  const { now, most } = await memoryOf(agent)
  const rate = `${median(rates).toFixed(0)} SVIDs/s, p95 ${percentile(took, 95).toFixed(0)} ms`
  const what = kind === 'pods-cold' ? 'nothing cached' : 'image cached'
  row(
    `in pods: ${all.length} containers at once, ${what}`,
    `${rate}, agent and plugin ${megabytes(now)} (PSS), at most ${megabytes(most)} (RSS)`,
  )
}

const pauseTag = (session: Session): string =>
  `${running(session.resources, 'sandbox').endpoints.registry}/demo/pause:bench`

/** The image of a pod's sandbox, whose program waits, in the sandbox's registry. */
async function pause({ session, signal }: PodsBench): Promise<string> {
  const engine = running(session.resources, 'engine')
  const tag = pauseTag(session)
  must(await buildImage(engine, { ...idleImage(session.resources.tools.workload), tag, signal }))
  const repository = tag.slice(0, tag.lastIndexOf(':'))
  must(await pushImage(engine, { repository, tag: 'bench', signal }))
  return tag
}
