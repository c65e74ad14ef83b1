import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDecisions } from '../../core/attestor/records/records.ts'
import { signPredicateType } from '../../core/domain/bundle/bundle.ts'
import { gateIds } from '../../core/domain/gate.ts'
import { digestHex, parseDigest } from '../../core/domain/oci/digest.ts'
import type { Session } from '../../core/orchestrator/session/session.ts'
import { describeEnding, runCommand, succeeded } from '../../core/process/command.ts'
import { running } from '../../core/steps/resources.ts'
import { type BenchAgent, type BenchAttestor, benchAttestors, memoryOf, startBenchAgents } from './bench-agents.ts'
import { failed } from './bench-error.ts'
import { benchImage, type SignedBenchImage } from './bench-image.ts'
import { type Fetcher, Fetchers } from './fetchers.ts'
import { measurePods } from './pods/pods-bench.ts'
import { median, megabytes, percentile, times } from './statistics.ts'

type Row = (what: string, value: string) => void
type Agents = Readonly<Record<BenchAttestor, BenchAgent>>

/** How many bursts. Two attestors with similar results need more to be told apart. */
const bursts = { cold: 10, warm: 30, docker: 30 }

/**
 * Measures the attestor in real agents of its own, with real containers: identities fetched one after the other,
 * alternating with bare cosign and with SPIRE's built-in Docker attestor; and by many containers at once. Does not
 * judge the results. The session has run the story. Calls back with each row of the table.
 */
export async function measureAttestor(
  session: Session,
  options: {
    /** The program that fetches identities. */
    readonly fetcher: string
    readonly rounds: number
    readonly containers: number
    readonly signal: AbortSignal
    readonly row: Row
  },
): Promise<void> {
  const { rounds, containers, signal, row } = options
  const scratch = await mkdtemp(join(tmpdir(), 'attestor-bench-scratch-'))
  const fetchers = await Fetchers.open()
  try {
    const image = await benchImage(session, options.fetcher, scratch, signal)
    const agents = await startBenchAgents(session, image, fetchers.mount.source, signal)
    const engine = running(session.resources, 'engine')
    const mounts = benchAttestors.map((kind) => agents[kind].mount)
    const start = (): Promise<Fetcher> => fetchers.start(engine, image.reference, mounts, signal)
    row('machine', `${cpus().length} processors, load average ${load()}`)
    const first = await start()
    const bench = { session, image, agents, signal, row }
    const verify = await oneByOne(bench, first, rounds)
    const all = [first]
    while (all.length < containers && !signal.aborted) all.push(await start())
    if (!signal.aborted) await allAtOnce(bench, all)
    if (!signal.aborted) await measurePods({ ...bench, builtIn: agents.docker, first, verify, rounds, containers })
    row('machine, at the end', `load average ${load()}`)
  } finally {
    await fetchers.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')

interface Bench {
  readonly session: Session
  readonly image: SignedBenchImage
  readonly agents: Agents
  readonly signal: AbortSignal
  readonly row: Row
}

/** Alternating, so that all see the same machine. */
async function oneByOne(bench: Bench, fetcher: Fetcher, rounds: number): Promise<readonly number[]> {
  const { session, image, agents, signal, row } = bench
  const cosign = bareCosign(session, image, signal)
  const took: Record<BenchAttestor | 'verify' | 'bundle', number[]> = {
    cold: [],
    known: [],
    warm: [],
    docker: [],
    verify: [],
    bundle: [],
  }
  const parts = new Map<string, number[]>()
  // The first fetch of each fills the caches, and does not count.
  for (let round = -1; round < rounds && !signal.aborted; round += 1) {
    for (const kind of benchAttestors) {
      const [time = 0] = await fetcher.fetch(agents[kind].socketInContainer, 1)
      if (round >= 0) took[kind].push(time)
    }
    const [verify, bundle] = [await cosign.verify(), await cosign.verifyBundle()]
    if (round < 0) continue
    took.verify.push(verify)
    took.bundle.push(bundle)
    await takeParts(parts, agents.cold, fetcher, took.cold.at(-1) ?? 0)
  }
  if (signal.aborted) return took.verify
  const ratio = (a: readonly number[], b: readonly number[]): string => (median(a) / median(b)).toFixed(2)
  row('bare cosign verify', times(took.verify))
  row('bare cosign verify-blob-attestation', times(took.bundle))
  row('fetch, nothing cached', times(took.cold))
  for (const [part, values] of parts) row(`  ${part}`, times(values))
  row('fetch, signature cached', times(took.known))
  row('fetch, image cached', times(took.warm))
  row('fetch, SPIRE\u2019s built-in docker attestor', times(took.docker))
  row('cold / bare cosign verify (medians)', ratio(took.cold, took.verify))
  row('signature cached / cold (medians)', ratio(took.known, took.cold))
  row('warm / built-in (medians)', ratio(took.warm, took.docker))
  return took.verify
}

/** The time of the last decision's gates; the rest is the agent's and transport. */
async function takeParts(
  parts: Map<string, number[]>,
  { records }: BenchAgent,
  { containerId }: Fetcher,
  whole: number,
): Promise<void> {
  const decision = (await readDecisions(records, containerId)).at(-1)
  if (decision === undefined) throw failed('The attestor left no decision.', `no record in ${records}`)
  const take = (part: string, value: number): unknown => parts.set(part, [...(parts.get(part) ?? []), value])
  for (const id of gateIds) {
    const gate = decision.gates.find((each) => each.id === id)
    if (gate !== undefined) take(`gate ${id}`, gate.elapsedMs)
  }
  take('agent and transport', whole - decision.elapsedMs)
}

/** cosign as run on a command line: with its own environment, and an empty home. */
function bareCosign(session: Session, image: SignedBenchImage, signal: AbortSignal) {
  const { tools, places } = session.resources
  const pinned = [
    `--trusted-root=${image.trustedRoot}`,
    `--certificate-identity=${image.signer.subject}`,
    `--certificate-oidc-issuer=${image.signer.issuer}`,
  ]
  const run = async (args: readonly string[]): Promise<number> => {
    const env = { HOME: places.cosignHome, DOCKER_CONFIG: places.cosignHome }
    const started = performance.now()
    const outcome = await runCommand({ program: tools.cosign, args, env, timeoutMs: 30_000, signal })
    const elapsed = performance.now() - started
    if (!succeeded(outcome) && outcome.kind !== 'cancelled') {
      throw failed('cosign did not verify the signature.', `${describeEnding(outcome)} ${outcome.stderr}`)
    }
    return elapsed
  }
  const digest = parseDigest(image.digest)
  if (digest === undefined) throw new Error('unreachable: the registry answered a digest')
  const about = [`--digest=${digestHex(digest)}`, '--digestAlg=sha256', `--type=${signPredicateType}`]
  return {
    verify: () => run(['verify', ...pinned, '--output=json', '--', image.reference]),
    verifyBundle: () => run(['verify-blob-attestation', `--bundle=${image.bundleFile}`, ...about, ...pinned]),
  }
}

/** All at the same moment, repeatedly; the attestors alternate. */
async function allAtOnce({ agents, signal, row }: Bench, all: readonly Fetcher[]): Promise<void> {
  const kinds = ['cold', 'warm', 'docker'] as const
  const rates: Record<(typeof kinds)[number], number[]> = { cold: [], warm: [], docker: [] }
  const took: Record<(typeof kinds)[number], number[]> = { cold: [], warm: [], docker: [] }
  // The first burst of each does not count.
  for (let burst = -1; burst < Math.max(...Object.values(bursts)) && !signal.aborted; burst += 1) {
    for (const kind of kinds.filter((each) => burst < bursts[each])) {
      const started = performance.now()
      const times = await Promise.all(all.map(({ fetch }) => fetch(agents[kind].socketInContainer, 1)))
      const seconds = (performance.now() - started) / 1000
      if (burst < 0) continue
      rates[kind].push(all.length / seconds)
      took[kind].push(...times.flat())
    }
  }
  if (signal.aborted) return
  const names = { cold: 'nothing cached', warm: 'image cached', docker: 'built-in' }
  for (const kind of kinds) {
    const { now, most } = await memoryOf(agents[kind].agent)
    const rate = `${median(rates[kind]).toFixed(0)} SVIDs/s, p95 ${percentile(took[kind], 95).toFixed(0)} ms`
    row(
      `${all.length} containers at once, ${names[kind]}`,
      `${rate}, agent and plugin ${megabytes(now)} (PSS), at most ${megabytes(most)} (RSS)`,
    )
  }
  row(
    `${all.length} at once: warm / built-in (SVIDs per second)`,
    (median(rates.warm) / median(rates.docker)).toFixed(2),
  )
}
