import { vi } from 'vitest'
import { readClaims, readDecisions } from '../../../src/core/attestor/records/records.ts'
import type { Engine } from '../../../src/core/containers/engine/engine.ts'
import { labelKey, owner } from '../../../src/core/containers/labels.ts'
import type { DecisionRecord } from '../../../src/core/domain/gate.ts'
import { parseWorkloadAnswer, type WorkloadAnswer } from '../../../src/core/spire/workload-answer.ts'

type Docker = Engine['docker']
type CreateOptions = Parameters<Docker['createContainer']>[0]

/** What a workload got, and the attestor's decision about it. */
export interface Outcome {
  readonly id: string
  readonly answer: WorkloadAnswer
  readonly record: DecisionRecord
}

/** A container's own options; anything left out is as in the story. */
export interface Launch {
  readonly options?: CreateOptions
  readonly host?: CreateOptions['HostConfig']
  /** Between creating and starting it. */
  readonly before?: (id: string) => Promise<unknown>
}

/** A test's containers, which fetch their identity from one agent. */
export class Workloads {
  readonly #docker: Docker
  readonly #socketFolder: string
  readonly #decisions: string
  readonly #made: string[] = []

  constructor(docker: Docker, agent: { readonly socketFolder: string; readonly decisions: string }) {
    this.#docker = docker
    this.#socketFolder = agent.socketFolder
    this.#decisions = agent.decisions
  }

  /** Creates a container and starts it; returns its id. */
  async run(image: string, { options, host, before }: Launch = {}): Promise<string> {
    const container = await this.#docker.createContainer({
      Image: image,
      ...options,
      Labels: { ...options?.Labels, [labelKey]: owner() },
      HostConfig: { NetworkMode: 'none', Binds: [this.socketBind()], ...host },
    })
    this.#made.push(container.id)
    await before?.(container.id)
    await container.start()
    return container.id
  }

  /** Starts a container; returns what it got and what was decided. */
  async ask(image: string, launch: Launch = {}): Promise<Outcome> {
    const id = await this.run(image, launch)
    return { id, answer: await this.answer(id), record: await this.decision(id) }
  }

  /** The agent's socket, as the story mounts it. */
  socketBind(): string {
    return `${this.#socketFolder}:/spire-agent:ro`
  }

  /** The container's own output, once it exists. */
  async answer(id: string): Promise<WorkloadAnswer> {
    const look = async (): Promise<string> => {
      const printed = (await this.#docker.getContainer(id).logs({ stdout: true })).toString('utf8')
      const line = /\{"outcome":.*\}/.exec(printed)?.[0]
      if (line === undefined) throw new Error(`container ${id} has printed no answer: ${printed.slice(0, 200)}`)
      return line
    }
    const line = await vi.waitFor(look, { timeout: 15_000, interval: 50 })
    const answer = parseWorkloadAnswer(line)
    if (!answer.ok) throw new Error(JSON.stringify(answer.error))
    return answer.value
  }

  /** The attestor's last record about a container, also if a process was not proved to live in it. */
  async decision(id: string): Promise<DecisionRecord> {
    const records = [...(await this.decisions(id)), ...(await this.claims(id))]
    const record = records.toSorted((one, other) => one.at.localeCompare(other.at)).at(-1)
    if (record === undefined) throw new Error(`no decision on ${id}`)
    return record
  }

  decisions(id: string): Promise<readonly DecisionRecord[]> {
    return readDecisions(this.#decisions, id)
  }

  /** The records about processes that only claimed a container. */
  claims(id: string): Promise<readonly DecisionRecord[]> {
    return readClaims(this.#decisions, id)
  }

  /** Removes every created container. */
  async remove(): Promise<void> {
    // The newest first: one that shares another's namespace has to be removed before it.
    for (const id of this.#made.splice(0).toReversed())
      await this.#docker.getContainer(id).remove({ force: true, v: true })
  }
}

export const gateOf = (record: DecisionRecord, id: string) => record.gates.find((each) => each.id === id)
