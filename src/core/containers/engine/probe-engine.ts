import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { createContainer } from '../container.ts'
import { idleImage } from '../images/demo-image.ts'
import { buildImage } from '../images/image.ts'
import { registryError } from '../images/registry-error.ts'
import type { Engine } from './engine.ts'
import { engineError, errorFacts } from './engine-error.ts'

/**
 * Proves that the engine's containers are processes of this machine: starts one and finds it in our /proc with the
 * container's id in its cgroup. Without that, no agent here could identify the caller. Leaves an image of ours behind,
 * whose layer the demo image then shares.
 */
export async function probeContainers(
  engine: Engine,
  spec: { readonly workload: string; readonly signal?: AbortSignal },
): Promise<Result<{ readonly pid: number; readonly cgroup: string }>> {
  const signal = spec.signal ? { signal: spec.signal } : {}
  const image = await buildImage(engine, { ...idleImage(spec.workload), tag: 'sigstore-attestor-probe:1', ...signal })
  if (!image.ok) return image
  const name = `sigstore-attestor-probe-${randomUUID().slice(0, 8)}`
  const container = await createContainer(engine, { image: image.value, name, mounts: [], ...signal })
  if (!container.ok) return container
  try {
    const started = await container.value.start(spec.signal)
    if (!started.ok) return started
    const pid = await container.value.pid(spec.signal)
    if (!pid.ok) return pid
    const cgroup = await readFile(`/proc/${pid.value}/cgroup`, 'utf8').catch(() => '')
    const line = cgroup.split('\n').find((line) => line.includes(container.value.id))
    return line === undefined ? err(invisible(pid.value)) : ok({ pid: pid.value, cgroup: line })
  } finally {
    await container.value.remove()
  }
}

const invisible = (pid: number) =>
  appError(
    'engine.invisible',
    "The engine's containers are not processes of this machine.",
    'Use an engine that runs here, not in a virtual machine and not in another container: Docker Engine, not Docker Desktop.',
    {
      expected: 'the probe’s process in /proc, with its container id in its cgroup',
      found: `nothing of it under pid ${pid}`,
    },
  )

/** Proves that the engine itself, not only this program, reaches a registry (HOST[:PORT]). */
export async function probeRegistry(engine: Engine, registry: string): Promise<Result<void>> {
  try {
    await engine.docker.getImage(`${registry}/sigstore-attestor/probe:none`).distribution()
    return ok(undefined)
  } catch (error) {
    const { status, message } = errorFacts(error)
    if (status === undefined)
      return err(engineError(error, `The engine was asked to reach ${registry}.`, engine.socket))
    // The registry's own "not found" is an answer: it was reached.
    return /manifest unknown|not found|name unknown/i.test(message)
      ? ok(undefined)
      : err(registryError(message, { verb: 'pull', reference: registry, engine }))
  }
}
