import { attestorConfig } from '../../attestor/config/parse.ts'
import { running } from '../resources.ts'
import type { StepContext } from '../step.ts'
import { registryOfStory } from './registry-of-story.ts'

/** The attestor's configuration for this story, as text. */
export function attestorOfStory(
  { session, artifact }: Pick<StepContext, 'session' | 'artifact'>,
  at: { readonly decisions: string; readonly mounts: readonly string[] },
): string {
  const sigstore = artifact('sigstore')
  const { dockerConfig, ...registry } = registryOfStory(session)
  return attestorConfig({
    engineSocket: running(session, 'engine').socket,
    registries: [{ host: sigstore.registry, ...registry }],
    ...(dockerConfig === undefined ? {} : { dockerConfig }),
    trustedRoot: sigstore.trustedRoot,
    cosign: { path: session.tools.cosign },
    records: at.decisions,
    progress: true,
    launch: { mounts: [...at.mounts] },
    // A signature that was made a second ago must count now: that is what the story shows.
    cacheSeconds: 0,
  })
}
