import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { expect, vi } from 'vitest'
import { type Containerd, startContainerd } from '../../../src/cli/bench/pods/containerd.ts'
import { type ContainerSpec, type Pod, Pods } from '../../../src/cli/bench/pods/pods.ts'
import { type Attestation, attest } from '../../../src/core/attestor/attest.ts'
import { explain } from '../../../src/core/attestor/command/explain.ts'
import { parseAttestorConfig } from '../../../src/core/attestor/config/parse.ts'
import { attestTools, closeKept, newKept } from '../../../src/core/attestor/dependencies.ts'
import { readDecisions } from '../../../src/core/attestor/records/records.ts'
import { idleImage } from '../../../src/core/containers/images/demo-image.ts'
import { buildImage } from '../../../src/core/containers/images/image.ts'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import type { Result } from '../../../src/core/domain/result.ts'
import { trustRootOf } from '../../../src/core/sigstore/trust/trust-root.ts'
import { parseWorkloadAnswer, type WorkloadAnswer } from '../../../src/core/spire/workload-answer.ts'
import { running } from '../../../src/core/steps/resources.ts'
import { AttackStage, type Pushed, wanted } from '../attacks/stage.ts'
import { type AgentBeside, startAgentBeside } from './agent-beside.ts'
import type { temporaryFolders } from './session.ts'
import { gateOf } from './workloads.ts'

/** What a container of a pod got, and the attestor's last decision about it. */
export interface PodOutcome {
  readonly id: string
  readonly answer: WorkloadAnswer
  readonly record: DecisionRecord
}

/**
 * A real containerd beside the session's Docker Engine, with the session's signed image and one without a signature, and
 * an agent whose plugin knows both runtimes. The entry requires signer, repository and the launch as built.
 */
export class PodStage {
  readonly stage: AttackStage
  readonly pods: Pods
  readonly agent: AgentBeside
  readonly unsigned: Pushed
  readonly base: string
  readonly #containerd: Containerd

  private constructor(parts: Pick<PodStage, 'stage' | 'pods' | 'agent' | 'unsigned' | 'base'>, containerd: Containerd) {
    this.stage = parts.stage
    this.pods = parts.pods
    this.agent = parts.agent
    this.unsigned = parts.unsigned
    this.base = parts.base
    this.#containerd = containerd
  }

  static async start(where: ReturnType<typeof temporaryFolders>): Promise<PodStage> {
    const base = mkdtempSync(join(tmpdir(), 'cri-'))
    const stage = await AttackStage.start(where)
    const engine = running(stage.session.resources, 'engine')
    const tag = `${stage.registry}/pause:1`
    const built = await buildImage(engine, { ...idleImage(stage.session.resources.tools.workload), tag })
    if (!built.ok) throw new Error(JSON.stringify(built.error))
    await stage.push({ tag, id: built.value })
    const unsigned = await stage.pushNew()
    const containerd = await startContainerd({ base: join(base, 'c'), sandboxImage: tag })
    const pods = new Pods(containerd.socket, base)
    for (const { reference } of [stage.signed, unsigned]) await pods.pull(reference)
    const runtimes = [
      { kind: 'docker' as const, socket: engine.socket },
      { kind: 'cri' as const, socket: containerd.socket },
    ]
    const registries = [{ host: stage.registry, plainHttp: true }]
    const agent = await startAgentBeside(stage.session, { engineSocket: undefined, runtimes, registries }, 'pods')
    await agent.entries.until(stage.entry.entryId ?? '', { timeoutMs: 20_000 })
    return new PodStage({ stage, pods, agent, unsigned, base }, containerd)
  }

  async close(): Promise<void> {
    await this.pods.removeAll()
    this.pods.close()
    await this.#containerd.stop()
    this.#containerd.clean()
    await this.stage.close()
    rmSync(this.base, { recursive: true, force: true })
  }

  /** Starts a container of a pod, with the agent's socket, and waits for what it got. */
  async ask(
    pod: Pod,
    image: string,
    spec: Partial<ContainerSpec> = {},
    at = { source: this.agent.socketFolder, readOnly: true },
  ): Promise<PodOutcome> {
    const socket = { ...at, target: '/spire-agent' }
    const id = await this.pods.run(pod, { ...spec, image, mounts: [socket, ...(spec.mounts ?? [])] })
    const answer = await vi.waitFor(() => answerIn(this.pods.output(id)), { timeout: 20_000, interval: 50 })
    return { id, answer, record: await this.decision(id) }
  }

  /** The plugin's last decision about a container. */
  async decision(id: string): Promise<DecisionRecord> {
    const record = (await readDecisions(this.agent.decisions, id)).at(-1)
    if (record === undefined) throw new Error(`no decision on ${id}`)
    return record
  }

  /** Decides about a container now, with the agent's configuration. */
  explain(id: string): Promise<Result<DecisionRecord>> {
    return explain(this.agent.configFile, id)
  }

  /** Attests a process with the agent's configuration, in this process. */
  async attested(pid: number): Promise<Attestation> {
    const config = parseAttestorConfig(readFileSync(this.agent.configFile, 'utf8'))
    if (!config.ok) throw new Error(JSON.stringify(config.error))
    const trust = await trustRootOf(config.value)
    if (!trust.ok) throw new Error(JSON.stringify(trust.error))
    const kept = newKept(config.value, trust.value)
    try {
      const own = { folder: this.base, limit: pLimit(2), ending: new AbortController().signal, kept }
      const tools = attestTools(config.value, own)
      if (!tools.ok) throw new Error(JSON.stringify(tools.error))
      return await attest(pid, tools.value)
    } finally {
      closeKept(kept)
    }
  }
}

/** The workload's answer in what a container has printed. Throws when there is none. */
export function answerIn(printed: string): WorkloadAnswer {
  const answer = parseWorkloadAnswer(/\{"outcome":.*\}/.exec(printed)?.[0] ?? '')
  if (!answer.ok) throw new Error(`no answer in: ${printed.slice(0, 200)}`)
  return answer.value
}

/** The processes whose cgroups name a container or a sandbox. */
export const pidsIn = (id: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => existsSync(`/proc/${name}/cgroup`) && readFileSync(`/proc/${name}/cgroup`, 'utf8').includes(id))
    .map(Number)

const notPassed = ({ record }: Pick<PodOutcome, 'record'>): string =>
  JSON.stringify(record.gates.filter(({ verdict }) => verdict !== 'passed'))

/** It has the entry's SPIFFE ID. */
export const expectAttested = (outcome: PodOutcome): void =>
  expect(outcome.answer, notPassed(outcome)).toMatchObject({ outcome: 'svid', spiffeId: wanted })

/** It was denied, and this gate is the reason. */
export function expectDenied(outcome: PodOutcome, gate: string, found: RegExp): void {
  expect(outcome.answer).toMatchObject({ outcome: 'refused', code: 'PermissionDenied' })
  expect(gateOf(outcome.record, gate)?.verdict, notPassed(outcome)).toMatch(/^(failed|not-present)$/)
  expect(gateOf(outcome.record, gate)?.found).toMatch(found)
}
