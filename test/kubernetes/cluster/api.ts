import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import { vi } from 'vitest'

/** An object of the API, as far as the tests read it. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string }
  readonly [key: string]: unknown
}

/** The status of a container. */
export interface ContainerStatus {
  readonly name: string
  readonly containerID?: string
  readonly imageID: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state: {
    readonly running?: object
    readonly terminated?: { readonly exitCode: number }
    readonly waiting?: { readonly reason: string; readonly message?: string }
  }
}

export interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly uid: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly phase: string
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  }
}

/** The plural names of the kinds that the tests use, for their paths. */
const plurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  CSIDriver: 'csidrivers',
  DaemonSet: 'daemonsets',
  Namespace: 'namespaces',
  Pod: 'pods',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Secret: 'secrets',
  Service: 'services',
  ServiceAccount: 'serviceaccounts',
}
const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'CSIDriver', 'Namespace']

/** The path of an object. */
export function pathOf({ apiVersion, kind, metadata }: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): string {
  const plural = plurals[kind]
  if (plural === undefined) throw new Error(`no path is known for ${kind}`)
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = clusterWide.includes(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`
  return `${group}${place}/${plural}/${metadata.name}`
}

/** The API server's answer that is no success. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(`${status}: ${text}`)
    this.status = status
  }
}

/** The API of a cluster, as an administrator. */
export class KubeApi {
  readonly #url: string
  readonly #token: string
  readonly #agent: Agent

  constructor(url: string, token: string, caFile: string) {
    this.#url = url
    this.#token = token
    this.#agent = new Agent({ connect: { ca: readFileSync(caFile) } })
  }

  async request<T>(method: string, path: string, body?: object, type = 'application/json'): Promise<T> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new ApiError(answer.status, text)
    return (text.startsWith('{') ? JSON.parse(text) : text) as T
  }

  get<T>(path: string): Promise<T> {
    return this.request('GET', path)
  }

  /** As `kubectl apply --server-side` does: creates the object or changes it. JSON is YAML. */
  apply<T extends KubeObject>(object: KubeObject): Promise<T> {
    const path = `${pathOf(object)}?fieldManager=test&force=true`
    return this.request('PATCH', path, object, 'application/apply-patch+yaml')
  }

  /** Removes an object, and waits until it is gone. */
  async remove(path: string): Promise<void> {
    await this.request('DELETE', `${path}?gracePeriodSeconds=1`)
    await this.until(
      () =>
        this.get(path).then(
          () => false,
          (error: unknown) => error instanceof ApiError && error.status === 404,
        ),
      `${path} is gone`,
    )
  }

  /** Waits until something holds. */
  async until<T>(look: () => Promise<T>, what: string, timeout = 60_000): Promise<NonNullable<T>> {
    return vi.waitFor(
      async () => {
        const found = await look()
        if (found === undefined || found === null || found === false) throw new Error(`not yet: ${what}`)
        return found
      },
      { timeout, interval: 100 },
    )
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }
}
