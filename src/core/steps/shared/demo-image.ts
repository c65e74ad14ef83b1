import type { Engine } from '../../containers/engine/engine.ts'
import { demoImage } from '../../containers/images/demo-image.ts'
import { buildImage, imageFacts } from '../../containers/images/image.ts'
import { pullImage } from '../../containers/images/pull-image.ts'
import { pushImage } from '../../containers/images/push-image.ts'
import { ok, type Result } from '../../domain/result.ts'
import { lineFile } from '../../process/line-file.ts'
import type { ImageArtifact } from '../../workflow/artifacts.ts'
import { running } from '../resources.ts'
import type { StepContext } from '../step.ts'
import { buildProgress, pushProgress } from './engine-progress.ts'
import { engineCredentials } from './registry-of-story.ts'

/** The demo's repository on the sandbox's registry. */
export const demoRepository = (registry: string): string => `${registry}/demo/hello`

/** `docker` with the arguments to reach the session's engine, as a person would type it. */
export const dockerByHand = (engine: Engine): readonly string[] =>
  engine.socket === '/var/run/docker.sock' ? ['docker'] : ['docker', '-H', `unix://${engine.socket}`]

/** Builds the demo image with fresh content under a name; returns its id. */
export async function buildDemo(
  context: StepContext,
  name: { readonly repository: string; readonly tag: string },
  note: string,
): Promise<Result<string>> {
  const { session, signal, report, redactor } = context
  const log = lineFile(context.logFile, (text) => redactor.clean(text))
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
    onLine: (line) => {
      log(line)
      const progress = buildProgress(line)
      if (progress !== undefined) report({ type: 'step.progressed', progress })
    },
  })
}

/** Pushes an image and returns the registry's answer. */
export async function pushDemo(
  context: StepContext,
  image: { readonly repository: string; readonly tag: string; readonly imageId: string },
): Promise<Result<ImageArtifact>> {
  const { session, signal, report, redactor } = context
  const progressOf = pushProgress()
  const engine = running(session, 'engine')
  const { repository, tag, imageId } = image
  report({
    type: 'step.command-ran',
    command: { argv: [...dockerByHand(engine), 'push', `${repository}:${tag}`], byHand: true },
  })
  const credentials = await engineCredentials(session, repository.replace(/\/.*$/s, ''))
  if (!credentials.ok) return credentials
  const pushed = await pushImage(engine, {
    repository,
    credentials: credentials.value,
    tag,
    signal,
    onLine: lineFile(context.logFile, (text) => redactor.clean(text)),
    onProgress: (layers) => {
      const progress = progressOf(layers)
      if (progress !== undefined) report({ type: 'step.progressed', progress })
    },
  })
  if (!pushed.ok) return pushed
  const facts = await imageFacts(engine, imageId)
  if (!facts.ok) return facts
  const byDigest = `${repository}@${pushed.value.digest}`
  if (!facts.value.repoDigests.includes(byDigest)) {
    // Podman repacks what it pushes, and knows the image under the registry's digest once it has pulled it.
    const pulled = await pullImage(engine, byDigest, signal, credentials.value)
    if (!pulled.ok) return pulled
  }
  return ok({ repository, tag, imageId, digest: pushed.value.digest, sizeBytes: facts.value.sizeBytes })
}
