import { pushDemo } from '../shared/demo-image.ts'
import { failed, passed, type StepContext, type StepOutcome } from '../step.ts'

/** Pushes the image; from here on its name is the digest that the registry returned. */
export async function push(context: StepContext): Promise<StepOutcome> {
  const pushed = await pushDemo(context, context.artifact('built-image'))
  return pushed.ok ? passed({ kind: 'pushed-image', ...pushed.value }) : failed(pushed.error)
}
