import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { z } from 'zod'
import { appError } from '../../domain/app-error.ts'
import { fromFamiliar } from '../../domain/oci/image-reference.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Engine } from '../engine/engine.ts'
import { cancelledError, engineError, isAborted } from '../engine/engine-error.ts'
import { jsonLines } from './json-lines.ts'

/** A file of a build context. */
interface ContextFile {
  readonly name: string
  /** The bytes themselves, or the absolute path of the file that holds them. */
  readonly content: Uint8Array | { readonly path: string }
  /** Permission bits, e.g. 0o755. */
  readonly mode: number
}

/** What an image is built from. */
export interface ImageContext {
  readonly dockerfile: string
  readonly files: readonly ContextFile[]
}

const buildMessage = z.object({
  stream: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string() }).optional(),
})

/**
 * Builds an image and tags it `tag` (HOST/PATH:TAG). Returns its id. `onLine` gets the builder's output, line by line.
 * A failing Dockerfile is an error with the builder's own message; an abort ends the build in the engine as well.
 */
export async function buildImage(
  engine: Engine,
  spec: ImageContext & {
    readonly tag: string
    readonly signal?: AbortSignal
    readonly onLine?: (text: string) => void
  },
): Promise<Result<string>> {
  const what = `The image ${spec.tag} was to be built.`
  if (isAborted(spec.signal)) return err(cancelledError(what))
  const context = await contextTar(spec)
  if (!context.ok) return context
  let id: string | undefined
  const said: string[] = []
  try {
    const stream = await engine.docker.buildImage(context.value, {
      t: spec.tag,
      rm: true,
      forcerm: true,
      ...(spec.signal ? { abortSignal: spec.signal } : {}),
    })
    for await (const raw of jsonLines(stream)) {
      const message = buildMessage.safeParse(raw).data
      if (message?.error !== undefined) {
        spec.onLine?.(message.error.trim())
        return err(buildFailed(spec.tag, message.error, said))
      }
      if (message?.aux !== undefined) id = message.aux.ID
      for (const line of message?.stream?.split('\n') ?? []) {
        if (line.trim() === '') continue
        said.push(line)
        spec.onLine?.(line)
      }
    }
    if (isAborted(spec.signal)) return err(cancelledError(what))
    // Not every engine reports the id in the stream.
    return ok(id ?? (await engine.docker.getImage(spec.tag).inspect()).Id)
  } catch (error) {
    return err(engineError(error, what, engine.socket, spec.signal))
  }
}

async function contextTar(context: ImageContext): Promise<Result<NodeJS.ReadableStream>> {
  const tar = pack()
  // Fixed times: the same bytes give the same layer, which the builder then takes from its cache.
  const mtime = new Date(0)
  tar.entry({ name: 'Dockerfile', mode: 0o644, mtime }, context.dockerfile)
  for (const { name, content, mode } of context.files) {
    try {
      const bytes = content instanceof Uint8Array ? content : await readFile(content.path)
      tar.entry({ name, mode, mtime }, Buffer.from(bytes))
    } catch (error) {
      return err(unreadable(name, error instanceof Error ? error.message : String(error)))
    }
  }
  tar.finalize()
  return ok(Readable.from(tar))
}

const unreadable = (name: string, found: string) =>
  appError('engine.build-context', `The file ${name} of the image cannot be read.`, 'Run `npm run doctor`.', {
    expected: 'a readable file',
    found,
  })

const buildFailed = (tag: string, message: string, said: readonly string[]) =>
  appError('engine.build-failed', `The image ${tag} was not built.`, 'Read the builder’s message and its last lines.', {
    expected: 'a Dockerfile that builds',
    found: message.trim(),
    evidence: { lastLines: said.slice(-12) },
  })

/** The engine's facts about an image. */
export interface ImageFacts {
  readonly id: string
  /** `HOST/PATH@sha256:…`, one for each registry it was pushed to or pulled from; Docker Hub's host is written out. */
  readonly repoDigests: readonly string[]
  readonly sizeBytes: number
}

/** Looks an image up by reference or id. */
export async function imageFacts(engine: Engine, reference: string): Promise<Result<ImageFacts>> {
  try {
    const { Id, RepoDigests, Size } = await engine.docker.getImage(reference).inspect()
    return ok({ id: Id, repoDigests: (RepoDigests ?? []).map(fromFamiliar), sizeBytes: Size })
  } catch (error) {
    return err(engineError(error, `The engine was asked for the image ${reference}.`, engine.socket))
  }
}
