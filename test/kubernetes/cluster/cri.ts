import { join } from 'node:path'
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js'
import { load } from '@grpc/proto-loader'

type Call<Answer> = (
  request: object,
  options: { deadline: number },
  done: (error: ServiceError | null, answer: Answer) => void,
) => void

interface RuntimeService extends Client {
  readonly ListPodSandbox: Call<{ readonly items: readonly { readonly id: string }[] }>
  readonly StopPodSandbox: Call<object>
  readonly RemovePodSandbox: Call<object>
}

/** Stops and removes every pod of a container runtime; returns their sandboxes' ids. Once the kubelet is gone. */
export async function removePods(socket: string): Promise<readonly string[]> {
  const loaded = loadPackageDefinition(
    await load(join(import.meta.dirname, 'cri.proto'), { keepCase: true, arrays: true }),
  )
  const { runtime } = loaded as unknown as {
    runtime: { v1: { RuntimeService: new (...words: unknown[]) => RuntimeService } }
  }
  const client = new runtime.v1.RuntimeService(`unix://${socket}`, credentials.createInsecure())
  const call = <Answer>(method: Call<Answer>, request: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      method.call(client, request, { deadline: Date.now() + 20_000 }, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      )
    })
  try {
    const { items } = await call(client.ListPodSandbox, {})
    await Promise.all(
      items.map(async ({ id }) => {
        await call(client.StopPodSandbox, { pod_sandbox_id: id })
        await call(client.RemovePodSandbox, { pod_sandbox_id: id })
      }),
    )
    return items.map(({ id }) => id)
  } finally {
    client.close()
  }
}
