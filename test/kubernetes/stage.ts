import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { agentImage } from '../../src/core/containers/images/agent-image.ts'
import { demoImage, idleImage } from '../../src/core/containers/images/demo-image.ts'
import { buildImage, type ImageContext } from '../../src/core/containers/images/image.ts'
import { pushImage } from '../../src/core/containers/images/push-image.ts'
import type { Digest } from '../../src/core/domain/oci/digest.ts'
import type { Session } from '../../src/core/orchestrator/session/session.ts'
import { running } from '../../src/core/steps/resources.ts'
import { type KubernetesToolId, kubernetesToolIds } from '../../src/core/tools/tool.ts'
import { artifactOf, type RunState } from '../../src/core/workflow/reducer.ts'
import type { StepId } from '../../src/core/workflow/steps.ts'
import { cosignAs } from '../integration/harness/cosign-as.ts'
import { dist, realSession, root, temporaryFolders } from '../integration/harness/session.ts'
import { program } from '../integration/programs.ts'
import { type Cluster, startCluster } from './cluster/cluster.ts'

/** An image in the sandbox's registry. */
export interface Image {
  readonly repository: string
  readonly tag: string
  readonly digest: Digest
  /** By its digest. */
  readonly reference: string
}

/** A cluster beside a sandbox, whose registry has its images. */
export interface Stage {
  readonly session: Session
  readonly cluster: Cluster
  readonly sigstore: NonNullable<ReturnType<typeof sigstoreOf>>
  /** Builds and pushes an image of the workload, unsigned and with a digest of its own. */
  readonly workload: (name: string) => Promise<Image>
  readonly push: (name: string, context: ImageContext) => Promise<Image>
  readonly sign: (reference: string, persona?: 'engineer' | 'intern') => Promise<void>
  readonly stop: () => Promise<void>
}

/** The attestor's executable, and the SHA-256 of a file. */
export const executable = join(dist, 'sigstore-attestor')
export const checksum = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

const sigstoreOf = (state: RunState) => artifactOf(state, 'sigstore')

/** `steps`: what the session of the sandbox does. */
export async function startStage(steps: readonly StepId[] = ['preflight', 'sandbox']): Promise<Stage> {
  const where = temporaryFolders()
  const session = await realSession(where, undefined, undefined, steps)
  const stops: (() => Promise<unknown>)[] = [async () => where.remove(), () => session.close()]
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each()
  }
  try {
    const state = await session.newRun('signed', null).start()
    const sigstore = sigstoreOf(state)
    if (sigstore === undefined) throw new Error(JSON.stringify(state.error))
    const engine = running(session.resources, 'engine')
    const push = async (name: string, context: ImageContext): Promise<Image> => {
      const [repository, tag] = [`${sigstore.registry}/demo/${name}`, '1']
      const built = await buildImage(engine, { ...context, tag: `${repository}:${tag}` })
      const pushed = built.ok ? await pushImage(engine, { repository, tag }) : built
      if (!pushed.ok) throw new Error(JSON.stringify(pushed.error))
      const { digest } = pushed.value
      return { repository, tag, digest, reference: `${repository}@${digest}` }
    }
    const sandboxImage = await push('pause', idleImage(session.resources.tools.workload))
    const folder = join(where.state, 'cluster')
    mkdirSync(folder, { recursive: true })
    const programs = Object.fromEntries(kubernetesToolIds.map((id) => [id, needed(id)]))
    const cluster = await startCluster({
      programs: programs as Record<KubernetesToolId, string>,
      folder,
      runtimeDir: join(where.runtime, 'k'),
      sandboxImage: sandboxImage.reference,
    })
    stops.push(async () => {
      const left = await cluster.stop()
      if (left.length > 0) throw new Error(left.join('; '))
    })
    return {
      session,
      cluster,
      sigstore,
      push,
      workload: (name) =>
        push(name, demoImage({ workload: session.resources.tools.workload, note: name, now: new Date() })),
      sign: (reference, persona = 'engineer') => cosignAs(session, state, { persona }, 'sign', [reference]),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function needed(id: KubernetesToolId): string {
  const path = program(id)
  if (path === undefined) throw new Error(`${id} is not here: npm test -- test/kubernetes builds it.`)
  return path
}

/** The image of the agent with the attestor, as `npm run build:attestor-image` builds it. */
export async function agentContext({ session }: Pick<Stage, 'session'>): Promise<ImageContext> {
  // One of an earlier build would be tested in place of this code. Throws with what the script says.
  execFileSync(process.execPath, [join(root, 'src', 'cli', 'build-attestor.mjs'), '--check'], { encoding: 'utf8' })
  const { tools } = session.resources
  const context = await agentImage({
    'spire-agent': tools['spire-agent'],
    'sigstore-attestor': executable,
    cosign: tools.cosign,
  })
  if (!context.ok) throw new Error(JSON.stringify(context.error))
  return context.value
}
