import type { StepId } from './steps.ts'

interface SessionService {
  /** The session step that starts it. */
  readonly startedBy: StepId
  /** The steps that fail without it. */
  readonly neededBy: readonly StepId[]
}

const engine: SessionService = {
  startedBy: 'preflight',
  neededBy: ['preflight', 'sandbox', 'connect', 'build', 'push', 'tamper', 'impersonate', 'attest'],
}
const signing: SessionService = { startedBy: 'sandbox', neededBy: ['sandbox', 'sign'] }
const agent: SessionService = { startedBy: 'spire-agent', neededBy: ['spire-agent', 'register', 'attest'] }

/** Every program that a session keeps running: which step starts it, and which ones need it. */
const sessionServices = {
  dockerd: engine,
  containerd: engine,
  'ct-log': signing,
  rekor: signing,
  'timestamp-authority': signing,
  issuer: signing,
  'second-issuer': signing,
  fulcio: signing,
  registry: {
    startedBy: 'sandbox',
    neededBy: ['sandbox', 'push', 'sign', 'verify', 'tamper', 'copy-signature', 'attest'],
  },
  'spire-server': {
    startedBy: 'spire-server',
    neededBy: ['spire-server', 'spire-agent', 'register', 'attest'],
  },
  'spire-agent': agent,
  'attestor-plugin': agent,
} as const satisfies Readonly<Record<string, SessionService>>

export type SessionServiceId = keyof typeof sessionServices

const byName: Readonly<Record<string, SessionService>> = sessionServices

/** The step that starts a service, also by the name of its log; undefined when it is not one of ours. */
export const startedBy = (service: string): StepId | undefined => byName[service]?.startedBy

/** Whether any of these steps needs the service. One that the table does not know is needed by all. */
export const isNeeded = (service: string, steps: readonly StepId[]): boolean =>
  steps.some((step) => byName[service]?.neededBy.includes(step) ?? true)
