import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { type Digest, parseDigest } from '../../domain/oci/digest.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { RegistryCredentials } from '../../registry/login/docker-config.ts'
import type { Engine } from '../engine/engine.ts'
import { cancelledError, engineError, errorFacts, isAborted } from '../engine/engine-error.ts'
import { engineLogin } from '../engine/engine-login.ts'
import { jsonLines } from './json-lines.ts'
import { registryError } from './registry-error.ts'

/** The progress of a layer's upload. */
export interface LayerProgress {
  /** The engine's short name of the layer. */
  readonly id: string
  /** The engine's own word: Preparing, Pushing, Pushed, Layer already exists. */
  readonly status: string
  /** Bytes; undefined while the engine does not report them. */
  readonly current: number | undefined
  readonly total: number | undefined
}

/** The registry's answer. */
export interface Pushed {
  readonly digest: Digest
  readonly manifestBytes: number
}

const pushMessage = z.object({
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
  aux: z.object({ Tag: z.string(), Digest: z.string(), Size: z.number() }).optional(),
})

/**
 * Pushes `repository:tag`. Returns the digest that the registry gave for the manifest, and the manifest's size in
 * bytes. An abort ends the push in the engine as well.
 */
export async function pushImage(
  engine: Engine,
  spec: {
    readonly repository: string
    readonly tag: string
    /** The login at the registry, if it needs one; the engine forwards it and stores nothing. */
    readonly credentials?: RegistryCredentials | undefined
    readonly signal?: AbortSignal
    readonly onProgress?: (layers: readonly LayerProgress[]) => void
    /** The engine's output, a line for each change. */
    readonly onLine?: (text: string) => void
  },
): Promise<Result<Pushed>> {
  const reference = `${spec.repository}:${spec.tag}`
  const what = `${reference} was to be pushed.`
  const moved = { verb: 'push', reference, engine, loggedIn: spec.credentials !== undefined } as const
  if (isAborted(spec.signal)) return err(cancelledError(what))
  const progress = pushProgress(spec)
  try {
    const stream = await engine.docker.getImage(spec.repository).push({
      tag: spec.tag,
      authconfig: engineLogin(spec.repository, spec.credentials),
      ...(spec.signal ? { abortSignal: spec.signal } : {}),
    })
    for await (const raw of jsonLines(stream)) {
      const refusal = progress.take(raw)
      if (refusal !== undefined) return err(registryError(refusal, moved))
    }
  } catch (error) {
    const { status, message } = errorFacts(error)
    const answered = status !== undefined && !isAborted(spec.signal)
    return err(answered ? registryError(message, moved) : engineError(error, what, engine.socket, spec.signal))
  }
  if (isAborted(spec.signal)) return err(cancelledError(what))
  return progress.answer === undefined ? err(noDigest(reference)) : ok(progress.answer)
}

interface PushProgress {
  /** Takes one message of the engine; returns its text when it gives up. */
  readonly take: (message: unknown) => string | undefined
  answer: Pushed | undefined
}

function pushProgress({ tag, onProgress, onLine }: Parameters<typeof pushImage>[1]): PushProgress {
  const layers = new Map<string, LayerProgress>()
  /** A line for a new status; a layer's bytes are not logged. */
  const say = ({ id, status, error }: z.output<typeof pushMessage>): void => {
    if (error !== undefined) onLine?.(error)
    else if (status === undefined || (id !== undefined && layers.get(id)?.status === status)) return
    else onLine?.(id === undefined || id === tag ? status : `${id}: ${status}`)
  }
  const progress: PushProgress = {
    answer: undefined,
    take: (raw) => {
      const message = pushMessage.safeParse(raw).data
      if (message === undefined) return undefined
      say(message)
      if (message.error !== undefined) return message.error
      const { id, status, aux, progressDetail } = message
      const pushed = aux ?? inWords(status, tag)
      const digest = parseDigest(pushed?.Digest)
      if (pushed !== undefined && digest !== undefined) progress.answer = { digest, manifestBytes: pushed.Size }
      if (id === undefined || status === undefined || id === tag) return undefined
      layers.set(id, { id, status, current: progressDetail?.current, total: progressDetail?.total })
      onProgress?.([...layers.values()])
      return undefined
    },
  }
  return progress
}

/** With its containerd image store Docker Engine reports the digest in a sentence only (28.5, daemon/containerd). */
function inWords(status: string | undefined, tag: string): { Digest: string; Size: number } | undefined {
  const [, name, Digest = '', size] = /^(\S+): digest: (sha256:[0-9a-f]{64}) size: (\d{1,9})$/.exec(status ?? '') ?? []
  return name === tag ? { Digest, Size: Number(size) } : undefined
}

const noDigest = (reference: string) =>
  appError('registry.no-digest', `The push of ${reference} ended without a digest.`, 'Push again.', {
    expected: 'the digest that the registry gave',
    found: 'none in the engine’s answer',
  })
