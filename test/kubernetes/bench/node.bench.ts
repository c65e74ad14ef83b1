import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, it } from 'vitest'
import { type BenchAgent, memoryOf } from '../../../src/cli/bench/bench-agents.ts'
import { type Fetcher } from '../../../src/cli/bench/fetchers.ts'
import { median, megabytes, times } from '../../../src/cli/bench/statistics.ts'
import { noCluster } from '../../../src/cli/test/cluster.ts'
import { type Stage, startStage } from '../stage.ts'
import { BenchNode } from './bench-node.ts'

/** From the environment, because Vitest has the command line. */
const number = (name: string, usual: number): number => Number(process.env[name] ?? usual)
const rounds = number('BENCH_ROUNDS', 200)
/** A kubelet's default limit of pods on a node. */
const nodePods = number('BENCH_PODS', 110)

let stage: Stage | undefined
let node: BenchNode | undefined
const scratch = mkdtempSync(join(tmpdir(), 'kubernetes-bench-'))

const row = (what: string, value: string): unknown => process.stdout.write(`${what.padEnd(52)} ${value}\n`)
const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')

beforeAll(async () => {
  const why = noCluster()
  if (why !== undefined) throw new Error(`Nothing is measured: ${why}.`)
  stage = await startStage(['preflight', 'sandbox', 'spire-server'])
  node = await BenchNode.start(stage, scratch)
})
afterAll(async () => {
  await node?.close()
  await stage?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

it('measures the attestor beside SPIRE’s own for Kubernetes', async () => {
  const { agents, fetcher } = node!
  row('machine', `${cpus().length} processors, load average ${load()}, ${new Date().toISOString()}`)
  await measure('one pod', fetcher, agents)
  const running = await node!.crowd(nodePods)
  row('pods that run on the node', `${running} of ${nodePods}, load average ${load()}`)
  await measure(`${running} pods`, fetcher, agents)
  row('machine, at the end', `load average ${load()}`)
})

type Agents = Record<'sigstore' | 'k8s', BenchAgent>
const kinds = ['sigstore', 'k8s'] as const

async function measure(what: string, fetcher: Fetcher, agents: Agents): Promise<void> {
  await inTurn(what, fetcher, agents, rounds)
  // SPIRE's attestor keeps the kubelet's list of pods for half a second. A workload that starts alone waits for a new
  // one.
  await inTurn(`${what}, each after a pause`, fetcher, agents, Math.ceil(rounds / 4), 600)
  const [ours, builtIn] = [await memoryOf(agents.sigstore.agent), await memoryOf(agents.k8s.agent)]
  row(`${what}: agent and plugin`, `${megabytes(ours.now)} (PSS), at most ${megabytes(ours.most)} (RSS)`)
  row(`${what}: agent with k8s`, `${megabytes(builtIn.now)} (PSS), at most ${megabytes(builtIn.most)} (RSS)`)
  row(`${what}: memory / agent with k8s (PSS)`, (ours.now / builtIn.now).toFixed(2))
}

/** One after the other, alternating, so that both see the same machine. */
async function inTurn(what: string, fetcher: Fetcher, agents: Agents, count: number, pauseMs = 0): Promise<void> {
  const took = { sigstore: [] as number[], k8s: [] as number[] }
  // The first fetch of each fills the caches, and does not count.
  for (let round = -1; round < count; round += 1) {
    await setTimeout(pauseMs)
    for (const kind of kinds) {
      const [time = 0] = await fetcher.fetch(agents[kind].socketInContainer, 1)
      if (round >= 0) took[kind].push(time)
    }
  }
  row(`${what}: image cached`, times(took.sigstore))
  row(`${what}: built-in k8s`, times(took.k8s))
  row(`${what}: warm / built-in k8s`, (median(took.sigstore) / median(took.k8s)).toFixed(2))
}
