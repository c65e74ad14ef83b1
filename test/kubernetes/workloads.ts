import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runtimeProgram } from '../../src/cli/test/cluster.ts'
import { parseWorkloadAnswer, type WorkloadAnswer } from '../../src/core/spire/workload-answer.ts'
import type { NodeAgent } from './agent.ts'
import type { ContainerStatus, Pod } from './cluster/api.ts'
import { nodeName } from './cluster/configuration.ts'
import type { Stage } from './stage.ts'

/** A container of a pod, as far as the tests differ. */
export interface ContainerSpec {
  readonly name: string
  readonly image: string
  readonly [key: string]: unknown
}

/** A pod of the tests; whatever is left out is as in the documentation's example. */
export interface PodSpec {
  readonly containers: readonly ContainerSpec[]
  readonly initContainers?: readonly ContainerSpec[]
  readonly [key: string]: unknown
}

const mount = { name: 'agent', mountPath: '/spire-agent', readOnly: true }

/** Pods that fetch their identity from the agent of the node. */
export class Workloads {
  readonly #stage: Stage
  readonly #agent: NodeAgent
  readonly #made = new Set<string>()

  constructor(stage: Stage, agent: NodeAgent) {
    this.#stage = stage
    this.#agent = agent
  }

  /** The pod's manifest. */
  manifest(name: string, spec: PodSpec) {
    const mounted = (containers: readonly ContainerSpec[]) =>
      containers.map((each) => ({ volumeMounts: [mount], ...each }))
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName,
        hostNetwork: true,
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        volumes: [{ name: 'agent', hostPath: { path: this.#agent.socketFolder } }],
        ...spec,
        containers: mounted(spec.containers),
        ...(spec.initContainers === undefined ? {} : { initContainers: mounted(spec.initContainers) }),
      },
    }
  }

  /** Creates a pod on the node. */
  async run(name: string, spec: PodSpec): Promise<void> {
    await this.#stage.cluster.api.apply(this.manifest(name, spec))
    this.#made.add(name)
  }

  /** Has the kubelet run a pod from a file, without the API server; returns the name that it has there. */
  runStatic(name: string, spec: PodSpec): string {
    const { nodeName: _, ...rest } = this.manifest(name, spec).spec
    const file = join(this.#stage.cluster.staticPods, `${name}.json`)
    writeFileSync(file, JSON.stringify({ ...this.manifest(name, spec), spec: rest }))
    return `${name}-${nodeName}`
  }

  pod(name: string): Promise<Pod> {
    return this.#stage.cluster.api.get(`/api/v1/namespaces/default/pods/${name}`)
  }

  /** What a container of a pod printed: each answer that the agent gave it, across restarts, once there are so many. */
  async answers(name: string, container: string, count = 1): Promise<readonly WorkloadAnswer[]> {
    return this.#stage.cluster.api.until(
      async () => {
        const pod = await this.pod(name)
        const found = answersIn(this.#stage.cluster.logs(pod, container))
        if (found.length < count) throw new Error(`${name}/${container}: ${JSON.stringify(pod.status)}`)
        return found
      },
      `${container} has its answer`,
      100_000,
    )
  }

  /** The only answer of a container. */
  async answer(name: string, container: string): Promise<WorkloadAnswer> {
    const [answer, more] = await this.answers(name, container)
    if (answer === undefined || more !== undefined) throw new Error(`${name}/${container} has not one answer`)
    return answer
  }

  /** Has another process in a running container ask the agent; the kubelet has no part in it. */
  async askAgain(name: string, container: string): Promise<WorkloadAnswer> {
    const id = await this.containerId(name, container)
    const words = ['-a', this.#stage.cluster.socket, '-n', 'k8s.io', 'task', 'exec', '--exec-id', `again-${Date.now()}`]
    const ctr = runtimeProgram('ctr') ?? ''
    const child = spawn(ctr, [...words, id, '/workload', '-timeout=40s'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.setEncoding('utf8')
    for await (const text of child.stdout) {
      printed += text
      const [answer] = answersIn(printed)
      // With an identity it would run until it is stopped.
      if (answer !== undefined) child.kill('SIGTERM')
    }
    const [answer] = answersIn(printed)
    if (answer === undefined) throw new Error(`no answer in ${name}/${container}: ${printed}`)
    return answer
  }

  /** The runtime's id of a container. */
  async containerId(name: string, container: string): Promise<string> {
    const { status } = await this.pod(name)
    const all: readonly ContainerStatus[] = [
      ...(status.containerStatuses ?? []),
      ...(status.initContainerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ]
    const id = all.find((each) => each.name === container)?.containerID?.replace(/^.*:\/\//, '')
    if (id === undefined) throw new Error(`${name}/${container} has no id: ${JSON.stringify(status)}`)
    return id
  }

  /** The attestor's last decision about a container. */
  async decision(name: string, container: string) {
    const id = await this.containerId(name, container)
    const record = (await this.#agent.decisions(id)).at(-1)
    if (record === undefined) throw new Error(`no decision about ${name}/${container} (${id})`)
    return record
  }

  /** Removes every created pod. */
  async remove(): Promise<void> {
    const made = [...this.#made]
    this.#made.clear()
    await Promise.all(made.map((name) => this.#stage.cluster.api.remove(`/api/v1/namespaces/default/pods/${name}`)))
  }
}

/** The answers in what a workload printed. */
const answersIn = (printed: string): readonly WorkloadAnswer[] =>
  (printed.match(/\{"outcome":.*\}/g) ?? []).map((line) => {
    const answer = parseWorkloadAnswer(line)
    if (!answer.ok) throw new Error(JSON.stringify(answer.error))
    return answer.value
  })
