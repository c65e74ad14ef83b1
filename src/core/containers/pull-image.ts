import { z } from 'zod'
import { err, ok, type Result } from '../domain/result.ts'
import type { Engine } from './engine.ts'
import { cancelledError, engineError, isAborted, registryError } from './engine-error.ts'
import { jsonLines } from './json-lines.ts'

const pullMessage = z.object({ error: z.string().optional() })

/** Pulls `HOST/PATH@sha256:…`, so that the engine knows the image under that name. An abort ends it in the engine too. */
export async function pullImage(engine: Engine, reference: string, signal?: AbortSignal): Promise<Result<void>> {
  const what = `${reference} was to be pulled.`
  if (isAborted(signal)) return err(cancelledError(what))
  try {
    const stream = await engine.docker.pull(reference, signal ? { abortSignal: signal } : {})
    for await (const raw of jsonLines(stream)) {
      const refusal = pullMessage.safeParse(raw).data?.error
      if (refusal !== undefined) return err(registryError(refusal, reference))
    }
  } catch (error) {
    return err(engineError(error, what, engine.socket, signal))
  }
  return isAborted(signal) ? err(cancelledError(what)) : ok(undefined)
}
