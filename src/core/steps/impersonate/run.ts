import { imageFacts } from '../../containers/images/image.ts'
import { running } from '../resources.ts'
import { buildDemo } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Builds other content under the very same name and tag, and pushes nothing: only this machine knows the image. */
export async function impersonate(context: StepContext): Promise<StepOutcome> {
  const { repository, tag } = context.artifact('pushed-image')
  const built = await buildDemo(
    context,
    { repository, tag },
    'an impostor: built beside the signed image, never pushed',
  )
  if (!built.ok) return failed(built.error)
  const facts = await imageFacts(running(context.session, 'engine'), built.value)
  if (!facts.ok) return failed(facts.error)
  const { sizeBytes } = facts.value
  return passed({ kind: 'impostor-image', repository, tag, imageId: built.value, sizeBytes })
}
