import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { appError } from '../../domain/app-error.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { createContainer } from '../container.ts'
import type { Engine } from '../engine/engine.ts'
import { engineError } from '../engine/engine-error.ts'

/**
 * Reads a file out of an image, as the engine has it: from a container that is created and removed, and never runs. A
 * path that is not a file is an error.
 */
export async function readImageFile(
  engine: Engine,
  spec: { readonly image: string; readonly name: string; readonly path: string; readonly signal?: AbortSignal },
): Promise<Result<Buffer>> {
  const container = await createContainer(engine, { ...spec, mounts: [] })
  if (!container.ok) return container
  const what = `The file ${spec.path} of the image was to be read.`
  try {
    const options = { path: spec.path, ...(spec.signal ? { abortSignal: spec.signal } : {}) }
    const stream = await engine.docker.getContainer(container.value.id).getArchive(options)
    const tar = Readable.from(stream).pipe(extract())
    for await (const entry of tar) {
      if (entry.header.type === 'file') return ok(await buffer(entry))
      entry.resume()
    }
    return err(appError('engine.no-file', what, 'Build the image again.', { expected: 'a file', found: 'none' }))
  } catch (error) {
    return err(engineError(error, what, engine.socket, spec.signal))
  } finally {
    await container.value.remove()
  }
}
