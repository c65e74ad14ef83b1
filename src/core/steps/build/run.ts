import { repositoryOf } from '../../workflow/scenarios.ts'
import { buildDemo } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Builds the demo image under a tag of this run. */
export async function build(context: StepContext): Promise<StepOutcome> {
  const repository = repositoryOf(context.scenario, context.artifact('sigstore').repository)
  const tag = context.runId
  const built = await buildDemo(context, { repository, tag }, `built for the scenario ${context.scenario.id}`)
  if (!built.ok) return failed(built.error)
  return passed({ kind: 'built-image', repository, tag, imageId: built.value })
}
