import type { StepId } from '../../src/core/workflow/steps.ts'
import type { ActId } from '../state/acts.ts'
import { certificate } from './certificate/certificate.tsx'
import type { PageDefinition, StepDefinition } from './definition.ts'
import { borrow } from './image/borrow.tsx'
import { build } from './image/build.tsx'
import { copySignature } from './image/copy-signature.tsx'
import { impersonate } from './image/impersonate.tsx'
import { push } from './image/push.tsx'
import { tamper } from './image/tamper.tsx'
import { logEntry } from './log-entry/log-entry.tsx'
import { connect } from './machine/connect.tsx'
import { preflight } from './machine/preflight.tsx'
import { sandbox } from './machine/sandbox.tsx'
import { map } from './map/map.tsx'
import { consent } from './signing/consent.tsx'
import { sign } from './signing/sign.tsx'
import { verify } from './signing/verify.tsx'
import { givenAgent } from './spire/given-agent.tsx'
import { givenServer } from './spire/given-server.tsx'
import { register } from './spire/register.tsx'
import { spireAgent } from './spire/spire-agent.tsx'
import { spireServer } from './spire/spire-server.tsx'
import { attest } from './workload/attest.tsx'
import { identity } from './workload/identity.tsx'

/** The act of every step. */
export const stepActs: Readonly<Record<StepId, StepDefinition>> = {
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

/** Every act of the window. */
export const acts: Readonly<Record<ActId, PageDefinition>> = {
  ...stepActs,
  map,
  certificate,
  'log-entry': logEntry,
  identity,
}
