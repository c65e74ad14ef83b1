import type { StepId } from '../workflow/steps.ts'
import { attest } from './attest/run.ts'
import { borrow } from './borrow/run.ts'
import { build } from './build/run.ts'
import { connect } from './connect/run.ts'
import { consent } from './consent/run.ts'
import { copySignature } from './copy-signature/run.ts'
import { givenAgent } from './given-agent/run.ts'
import { givenServer } from './given-server/run.ts'
import { impersonate } from './impersonate/run.ts'
import { preflight } from './preflight/run.ts'
import { push } from './push/run.ts'
import { register } from './register/run.ts'
import { sandbox } from './sandbox/run.ts'
import { sign } from './sign/run.ts'
import { spireAgent } from './spire-agent/run.ts'
import { spireServer } from './spire-server/run.ts'
import type { StepRun } from './step.ts'
import { tamper } from './tamper/run.ts'
import { verify } from './verify/run.ts'

/** The implementation of each step of the story. */
export const stepRuns: Readonly<Record<StepId, StepRun>> = {
  preflight,
  sandbox,
  connect,
  build,
  consent,
  push,
  sign,
  verify,
  tamper,
  'copy-signature': copySignature,
  impersonate,
  borrow,
  'spire-server': spireServer,
  'given-server': givenServer,
  'spire-agent': spireAgent,
  'given-agent': givenAgent,
  register,
  attest,
}
