import { buildDemo, pushDemo } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Rebuilds with other content and pushes it under the very same tag. */
export async function tamper(context: StepContext): Promise<StepOutcome> {
  const { repository, tag } = context.artifact('pushed-image')
  const built = await buildDemo(context, { repository, tag }, 'an attacker changed this after it was signed')
  if (!built.ok) return failed(built.error)
  const pushed = await pushDemo(context, { repository, tag, imageId: built.value })
  return pushed.ok ? passed({ kind: 'tampered-image', ...pushed.value }) : failed(pushed.error)
}
