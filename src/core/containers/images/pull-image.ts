import { z } from 'zod'
import { err, ok, type Result } from '../../domain/result.ts'
import type { RegistryCredentials } from '../../registry/login/docker-config.ts'
import type { Engine } from '../engine/engine.ts'
import { cancelledError, engineError, errorFacts, isAborted } from '../engine/engine-error.ts'
import { engineLogin } from '../engine/engine-login.ts'
import { jsonLines } from './json-lines.ts'
import { registryError } from './registry-error.ts'

const pullMessage = z.object({ error: z.string().optional() })

/**
 * Pulls `HOST/PATH@sha256:…`, so that the engine knows the image under that name, with a login if the registry needs
 * one. An abort ends it in the engine too.
 */
export async function pullImage(
  engine: Engine,
  reference: string,
  signal?: AbortSignal,
  credentials?: RegistryCredentials,
): Promise<Result<void>> {
  const moved = { verb: 'pull', reference, engine, loggedIn: credentials !== undefined } as const
  const what = `${reference} was to be pulled.`
  if (isAborted(signal)) return err(cancelledError(what))
  try {
    const stream = await engine.docker.pull(reference, {
      ...(credentials === undefined ? {} : { authconfig: engineLogin(reference, credentials) }),
      ...(signal ? { abortSignal: signal } : {}),
    })
    for await (const raw of jsonLines(stream)) {
      const refusal = pullMessage.safeParse(raw).data?.error
      if (refusal !== undefined) return err(registryError(refusal, moved))
    }
  } catch (error) {
    const { status, message } = errorFacts(error)
    const answered = status !== undefined && !isAborted(signal)
    return err(answered ? registryError(message, moved) : engineError(error, what, engine.socket, signal))
  }
  return isAborted(signal) ? err(cancelledError(what)) : ok(undefined)
}
