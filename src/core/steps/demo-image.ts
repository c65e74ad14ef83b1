import { demoImage } from '../containers/demo-image.ts'
import type { Engine } from '../containers/engine.ts'
import { buildImage, imageFacts } from '../containers/image.ts'
import { pushImage } from '../containers/push-image.ts'
import { ok, type Result } from '../domain/result.ts'
import type { ImageArtifact } from '../workflow/artifacts.ts'
import { running } from './resources.ts'
import type { StepContext } from './step.ts'

/** The demo's repository on a registry. */
export const demoRepository = (registry: string): string => `${registry}/demo/hello`

/** `docker`, as somebody would type it to reach the engine that the session uses. */
export const dockerByHand = (engine: Engine): readonly string[] =>
  engine.socket === '/var/run/docker.sock' ? ['docker'] : ['docker', '-H', `unix://${engine.socket}`]

/** Builds the demo image with fresh content under a name; answers its id. */
export async function buildDemo(
  context: StepContext,
  name: { readonly repository: string; readonly tag: string },
  note: string,
): Promise<Result<string>> {
  const { session, signal, report } = context
  const engine = running(session, 'engine')
  const reference = `${name.repository}:${name.tag}`
  report({
    type: 'step.command-ran',
    command: { argv: [...dockerByHand(engine), 'build', '-t', reference, '.'], byHand: true },
  })
  return buildImage(engine, {
    ...demoImage({ workload: session.tools.workload, note, now: new Date() }),
    tag: reference,
    signal,
    onLine: (label) => report({ type: 'step.progressed', progress: { kind: 'indeterminate', label } }),
  })
}

/** Pushes an image and answers what the registry made of it. */
export async function pushDemo(
  context: StepContext,
  image: { readonly repository: string; readonly tag: string; readonly imageId: string },
): Promise<Result<ImageArtifact>> {
  const { session, signal, report } = context
  const engine = running(session, 'engine')
  const { repository, tag, imageId } = image
  report({
    type: 'step.command-ran',
    command: { argv: [...dockerByHand(engine), 'push', `${repository}:${tag}`], byHand: true },
  })
  const pushed = await pushImage(engine, {
    repository,
    tag,
    signal,
    onProgress: (layers) => {
      const done = layers.filter(({ status }) => status === 'Pushed' || status === 'Layer already exists').length
      report({ type: 'step.progressed', progress: { kind: 'count', label: 'layers', done, total: layers.length } })
    },
  })
  if (!pushed.ok) return pushed
  const facts = await imageFacts(engine, imageId)
  if (!facts.ok) return facts
  return ok({ repository, tag, imageId, digest: pushed.value.digest, sizeBytes: facts.value.sizeBytes })
}
