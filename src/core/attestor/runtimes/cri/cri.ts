import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { InspectedImage } from '../../../containers/inspect/inspect.ts'
import { isUnknownToEngine } from '../../../containers/inspect/inspect.ts'
import { type AppError, appError } from '../../../domain/app-error.ts'
import { type Digest, digestHex } from '../../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../../domain/result.ts'
import { podSandboxCode } from '../owner.ts'
import type { ContainerRuntime, PodContainer, StartTimeOf } from '../runtime.ts'
import {
  containerList,
  containerStatus,
  imageFacts,
  imageIdOf,
  imageStatus,
  podLaunch,
  sandboxStatus,
  version,
} from './answers.ts'
import { CriClient, unknownToRuntime, unusableAnswer } from './client.ts'
import type { criMethods } from './services.ts'

/** A container that was created and not yet started (CRI's ContainerState). */
const created = 0
/** How long a container may be about to start: its first process runs before the runtime has recorded that. */
const startsWithinMs = 1_000
const againAfterMs = 20

/**
 * The container runtime interface of Kubernetes, as containerd and CRI-O implement it. Nothing about containers is
 * cached: each attestation queries the runtime itself.
 */
export class CriRuntime implements ContainerRuntime {
  readonly kind = 'cri'
  readonly socket: string
  readonly #client: CriClient

  constructor(socket: string) {
    this.socket = socket
    this.#client = new CriClient(socket)
  }

  async container(id: string, _: StartTimeOf, signal: AbortSignal): Promise<Result<PodContainer>> {
    const until = performance.now() + startsWithinMs
    for (;;) {
      const [status, list] = await Promise.all([
        this.#ask('ContainerStatus', { container_id: id, verbose: true }, containerStatus, signal),
        // The status of containerd up to 2.2 has no image id: of the image it names a place, by names of this moment.
        this.#ask('ListContainers', { filter: { id } }, containerList, signal),
      ])
      if (!status.ok)
        return isUnknownToEngine(status.error) ? err(await this.#unknown(id, status.error, signal)) : status
      if (!list.ok) return list
      const starting = status.value.status.state === created && status.value.info.pid === 0
      if (!starting || performance.now() > until) return this.#described(id, status.value, list.value)
      await delay(againAfterMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async find(name: string, signal: AbortSignal): Promise<Result<PodContainer>> {
    // As Kubernetes writes it: containerd://<id>.
    const id = name.replace(/^[a-z-]+:\/\//, '')
    if (!/^[0-9a-f]{4,64}$/.test(id)) return err(unknownToRuntime(`no id of a container: ${name.slice(0, 80)}`))
    const list = await this.#ask('ListContainers', { filter: { id } }, containerList, signal)
    if (!list.ok) return list
    const [found, another] = list.value.containers.filter((each) => each.id.startsWith(id))
    if (found === undefined) return err(unknownToRuntime(`no container ${id}`))
    if (another !== undefined) return err(unusableAnswer(this.socket, `one container ${id}`, 'several'))
    return this.container(found.id, () => undefined, signal)
  }

  async image(id: Digest, signal: AbortSignal): Promise<Result<InspectedImage>> {
    const first = await this.#image(id, id, signal)
    // CRI-O knows an image by the digest's hex characters alone.
    return !first.ok && isUnknownToEngine(first.error) ? this.#image(id, digestHex(id), signal) : first
  }

  async answers(signal: AbortSignal): Promise<Result<string>> {
    const answer = await this.#ask('Version', {}, version, signal)
    return answer.ok ? ok(`${answer.value.runtime_name} ${answer.value.runtime_version}`) : answer
  }

  close(): void {
    this.#client.close()
  }

  async #image(id: Digest, name: string, signal: AbortSignal): Promise<Result<InspectedImage>> {
    const answer = await this.#ask('ImageStatus', { image: { image: name }, verbose: true }, imageStatus, signal)
    if (!answer.ok) return answer
    const { image, info } = answer.value
    if (image === null) return err(unknownToRuntime(`no image ${name}`))
    if (image.id !== id) return err(unusableAnswer(this.socket, `image ${id}`, `image ${image.id}`))
    return ok({ id, repoDigests: image.repo_digests, ...imageFacts(info) })
  }

  #described(
    id: string,
    answer: z.output<typeof containerStatus>,
    { containers }: z.output<typeof containerList>,
  ): Result<PodContainer> {
    const { status, info } = answer
    const refuse = (expected: string, found: string) => err(unusableAnswer(this.socket, expected, found))
    if (status.id !== id) return refuse(`container ${id}`, `container ${status.id}`)
    const [listed, another] = containers.filter((each) => each.id === id)
    if (listed === undefined || another !== undefined)
      return refuse(`container ${id}, once`, `${containers.length} of it`)
    if (listed.pod_sandbox_id !== info.sandboxID) {
      return refuse(`sandbox ${info.sandboxID}`, `sandbox ${listed.pod_sandbox_id}`)
    }
    // CRI-O lists a place where it has an image id.
    const reported = [status.image_id, listed.image_id]
    const ids = reported.some((each) => each !== '') ? reported : [listed.image_ref]
    const imageId = imageIdOf(...ids)
    if (imageId === undefined) return refuse('the id of the image, sha256:<hex>', ids.join(', ') || 'none')
    const { labels } = status
    const names = [labels['io.kubernetes.pod.namespace'], labels['io.kubernetes.pod.name'], status.metadata?.name]
    const imageName = status.image?.user_specified_image || status.image?.image
    return ok({
      id,
      name: names
        .filter((each) => each !== undefined)
        .join('/')
        .slice(0, 512),
      imageId,
      imageName: imageName === '' ? undefined : imageName,
      initPid: info.pid,
      engine: 'cri',
      launch: podLaunch(answer),
    })
  }

  /** Why a container is unknown: the id may be that of a pod's sandbox. */
  async #unknown(id: string, error: AppError, signal: AbortSignal): Promise<AppError> {
    const sandbox = await this.#ask('PodSandboxStatus', { pod_sandbox_id: id }, sandboxStatus, signal)
    if (!sandbox.ok || sandbox.value.status.id !== id) return error
    const { namespace, name } = sandbox.value.status.metadata ?? { namespace: '', name: '' }
    return appError(
      podSandboxCode,
      'The process is that of a pod\u2019s sandbox, and of none of its containers.',
      'Attest a process of a container.',
      { expected: 'a container of a pod', found: `the sandbox of the pod ${namespace}/${name}` },
    )
  }

  async #ask<T>(
    method: keyof typeof criMethods,
    request: object,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Result<T>> {
    const answer = await this.#client.call(method, request, signal)
    if (!answer.ok) return answer
    const parsed = schema.safeParse(answer.value)
    if (parsed.success) return ok(parsed.data)
    const [issue] = parsed.error.issues
    const found = `${issue?.path.join('.')}: ${issue?.message}`
    return err(unusableAnswer(this.socket, `the answer to ${method} as CRI defines it`, found))
  }
}
